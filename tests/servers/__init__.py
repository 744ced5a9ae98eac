"""Real FHIR servers for the tests: HAPI FHIR JPA and sekmet-fhir."""

"""EHRs to read from and write to: a folder of FHIR JSON, or a FHIR REST server."""

"""CDS Hooks over HTTP: what stands between the app and `fhir_handout.cds_hooks`."""

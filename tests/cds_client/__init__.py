"""A strict EHR: a CDS Hooks 2.0 client written from the specification."""

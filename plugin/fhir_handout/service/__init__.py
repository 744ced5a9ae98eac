"""The workflow as a service: REST, CDS Hooks, SMART App Launch, and a clinician's page."""

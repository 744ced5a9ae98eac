"""What the service keeps between requests: launches, sessions, feedback, the audit trail."""

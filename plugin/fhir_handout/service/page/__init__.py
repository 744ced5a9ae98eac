"""The page a clinician opens from the EHR: sees, questions, adjusts and attaches the handout."""

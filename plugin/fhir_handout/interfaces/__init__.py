"""What people and programs drive the workflow with."""

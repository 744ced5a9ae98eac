"""SMART App Launch: from the EHR's launch to an open page."""

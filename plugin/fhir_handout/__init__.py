"""Tailored patient handouts, read from a FHIR record and written back to it."""

__version__ = "0.1.0"

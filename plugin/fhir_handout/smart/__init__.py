"""SMART App Launch and Backend Services as a client, without a web framework or a database."""

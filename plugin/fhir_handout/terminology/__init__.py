"""Terminology from outside the content pack: a downloaded release, and a terminology server."""

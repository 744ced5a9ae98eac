"""Fixtures that tests in every folder use."""

from servers.fixtures import hapi_base_url, sekmet_base_url

__all__ = ["hapi_base_url", "sekmet_base_url"]

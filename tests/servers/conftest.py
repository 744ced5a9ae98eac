"""Makes the server fixtures known to the tests in this folder."""

from .fixtures import hapi_base_url, sekmet_base_url

__all__ = ["hapi_base_url", "sekmet_base_url"]

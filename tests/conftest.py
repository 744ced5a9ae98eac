"""Fixtures that tests in every folder use, and how hard properties are tried.

`ci` tries the same examples every time; `--hypothesis-profile=deep` looks for new ones.
"""

from hypothesis import HealthCheck, settings

from servers.fixtures import hapi_base_url, sekmet_base_url, smart_server

__all__ = ["hapi_base_url", "sekmet_base_url", "smart_server"]

_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
settings.register_profile(
    "ci",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=_SLOW,
)
settings.register_profile(
    "deep", deadline=None, max_examples=1000, suppress_health_check=_SLOW, print_blob=True
)
settings.load_profile("ci")

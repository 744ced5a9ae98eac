"""TLS to an authorization server: whose certificate, and which version."""

import ssl
import subprocess
import warnings
from pathlib import Path

import pytest

from fhir_handout.errors import Unreachable
from fhir_handout.smart.fetch import get_json
from fhir_handout.smart.limits import Limits
from servers.scripted import Reply, scripted_server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of our own for 127.0.0.1, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048",
         "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


def answered(certificate: tuple[Path, Path], version: ssl.TLSVersion, limits: Limits) -> object:
    """What a server that speaks this version and no other is understood to say."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    tls.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # an old version is what is asked for
        tls.minimum_version = tls.maximum_version = version
    with scripted_server(tls) as server:
        server.on("GET", "keys", Reply(200, {"ok": True}))
        return get_json(f"{server.base_url}/keys", limits)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_spoken(certificate, version):
    limits = Limits(ca_bundle=certificate[0])
    assert answered(certificate, version, limits) == {"ok": True}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_an_older_tls_than_1_2_is_refused(certificate, version):
    with pytest.raises(Unreachable, match="TLS"):
        answered(certificate, version, Limits(ca_bundle=certificate[0]))


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate):
    with pytest.raises(Unreachable) as caught:
        answered(certificate, ssl.TLSVersion.TLSv1_3, Limits())
    assert caught.value.code == "untrusted-certificate"

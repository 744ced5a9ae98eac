"""`fhir-handout serve` as a process: how it begins and ends."""

from pathlib import Path

from service.process import process
from service.running import SANDBOX, free_port

TELLING = """
import gc, uvicorn
usual = uvicorn.run
def told(*args, **options):
    print("collects", gc.isenabled(), flush=True)
    usual(*args, **options)
uvicorn.run = told
"""


def test_a_service_collects_its_garbage(tmp_path: Path):
    """Commands switch that off, because they end soon."""
    port = free_port()
    text = SANDBOX.format(public_url=f"http://127.0.0.1:{port}", base_url="http://127.0.0.1:9/fhir")
    with process(tmp_path, text, port, before=TELLING) as serving:
        pass
    assert "collects True" in serving.logs

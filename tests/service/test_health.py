"""The service says whether it lives and can work, and nothing else."""

from pathlib import Path

from starlette.testclient import TestClient

from fhir_handout.service.app import create_app
from service.running import service


def test_a_service_whose_database_answers_is_ready(tmp_path: Path) -> None:
    with TestClient(create_app(service(tmp_path))) as client:
        assert client.get("/health/live").json() == {"status": "ok"}
        assert client.get("/health/ready").json() == {"status": "ok"}


def test_a_service_without_its_database_lives_and_is_not_ready(tmp_path: Path) -> None:
    running = service(tmp_path)
    with TestClient(create_app(running)) as client:
        database = tmp_path / "state" / "fhir-handout" / "service.db"
        running.store.close()
        database.unlink()
        database.mkdir()
        assert client.get("/health/live").status_code == 200
        answer = client.get("/health/ready")
        assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})


def test_metrics_name_routes_and_never_paths(tmp_path: Path) -> None:
    with TestClient(create_app(service(tmp_path))) as client:
        client.get("/health/live")
        client.get("/nowhere/Quillon")
        told = client.get("/metrics").text
    assert 'route="/health/live"' in told
    assert "Quillon" not in told

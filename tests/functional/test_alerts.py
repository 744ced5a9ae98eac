"""What only the clinician is to know is explained, and is in nothing that is attached."""

from pathlib import Path

import pytest

from fhir_handout.interfaces.cli import main
from unit.handouts import loaded
from unit.readers import everything_in

ROOT = Path(__file__).parents[2]
RAISED = {
    "potassium-and-ace-inhibitor": "potassium-product",
    "diuretic-and-pregnancy": "diuretic-in-pregnancy",
    "diuretic-and-diabetes": "thiazide-blood-sugar",
    "teenager-pregnant": "sensitive",
}
ALERTS = {alert.id: alert for alert in loaded().content.alerts}


@pytest.mark.parametrize("patient", RAISED)
def test_an_alert_is_explained_and_never_attached(
    patient: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, day = str(ROOT / "fhir_examples"), ["--date", "2026-11-23"]
    assert main(["explain", patient, "--ehr", folder, *day], {}) == 0
    assert RAISED[patient] in capsys.readouterr().out
    assert main(["attach", patient, "--ehr", folder, "--out", str(tmp_path), *day], {}) == 0
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in written} >= {".pdf", ".html", ".txt", ".json"}
    text = " ".join(everything_in(path.read_bytes()) for path in written)
    for alert in ALERTS.values():
        assert alert.text not in text
        assert f'"{alert.id}"' not in text
    assert "Teach-back" not in text


def test_an_alert_has_no_name_of_a_statement() -> None:
    assert not set(ALERTS) & {statement.id for statement in loaded().content.statements}

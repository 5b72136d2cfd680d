from pathlib import Path

import pytest

from bot.release.detecting import Detected, DetectorFailed, detect, is_installed
from bot.release.files import inspect_folder
from bot.release.gates.private_data import check
from bot.release.gates.results import Candidate, Outcome
from tests.release.hostile_files import SAFE

needs_detector = pytest.mark.skipif(not is_installed(), reason="needs the extra secrets")
SLACK = "xox" + "b-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"
STRIPE = "sk_" + "live_a1b2c3d4e5f6g7h8i9j0k1l2"
ADDRESS = "https://svc:tr0ub4dor-Xy7@models.example.net/x"


@needs_detector
def test_secrets_are_named_by_their_lines_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"fine\n{SLACK}\n")
    (tmp_path / "b.json").write_text(f'{{"vocab": "{"x" * 9000}", "key": "{STRIPE}", "url": "{ADDRESS}"}}')
    found = detect(tmp_path, ["a.txt", "b.json"])
    assert set(found) == {
        Detected("a.txt", 2, "Slack Token"),
        Detected("b.json", 1, "Stripe Access Key"),
        Detected("b.json", 1, "Basic Auth Credentials"),
    }
    assert not any(secret in str(found) for secret in (SLACK, STRIPE, "tr0ub4dor"))


@needs_detector
def test_what_stands_in_the_place_of_a_secret_is_none(tmp_path: Path) -> None:
    words = ["https://user:password@host/x", "https://user:<token>@host/x", "https://user:${TOKEN}@host/x"]
    (tmp_path / "README.md").write_text("\n".join(words))
    assert detect(tmp_path, ["README.md"]) == ()


@needs_detector
def test_the_gate_fails_on_what_only_the_other_detector_knows(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(SAFE)
    (tmp_path / "notes.txt").write_text(SLACK)
    answer = check(Candidate(tmp_path, None, files=inspect_folder(tmp_path).files))
    assert answer.outcome is Outcome.FAIL
    assert answer.evidence[0] == "notes.txt, line 1: Slack Token, by detect-secrets"
    (tmp_path / "notes.txt").write_text("nothing")
    answer = check(Candidate(tmp_path, None, files=inspect_folder(tmp_path).files))
    assert answer.outcome is Outcome.PASS
    assert "detect-secrets found no secret either" in answer.evidence


@needs_detector
def test_a_detector_that_breaks_or_takes_too_long_gives_no_answer(tmp_path: Path) -> None:
    with pytest.raises(DetectorFailed, match="exit code"):
        detect(tmp_path, ["gone.txt"])
    with pytest.raises(DetectorFailed, match="did not end"):
        detect(tmp_path, [], seconds=0)

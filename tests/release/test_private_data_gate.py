from pathlib import Path

import pytest

from bot.release.files import inspect_folder
from bot.release.gates import private_data
from bot.release.gates.results import Candidate, GateResult, Outcome

KEY = "-----BEGIN RSA PRIVATE KEY-----\n"
IBAN = "IBAN: DE89 3704 0044 0532 0130 00\n"


def judge(folder: Path, **files: str) -> GateResult:
    for name, content in files.items():
        (folder / name.replace("_dot_", ".")).write_text(content)
    found = inspect_folder(folder)
    return private_data.check(Candidate(folder, None, files=found.files))


def test_text_without_anything_private_passes_and_says_what_was_read(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(KEY.encode())
    answer = judge(tmp_path, README_dot_md="# A model\n", config_dot_json='{"hidden_size": 4}')
    assert answer.outcome is Outcome.PASS
    assert answer.evidence[0] == "2 text files were read; weights were not"
    assert "detect-secrets" in answer.evidence[1]


@pytest.mark.parametrize("name", ["README_dot_md", "config_dot_json", "LICENSE"])
def test_a_secret_fails_wherever_it_stands_and_is_not_repeated(tmp_path: Path, name: str) -> None:
    content = f'{{"key": "{KEY.strip()}"}}' if name.startswith("config") else KEY
    answer = judge(tmp_path, **{name: content})
    assert answer.outcome is Outcome.FAIL
    assert answer.waivable
    assert "private key" in answer.evidence[0]
    assert "BEGIN" not in str(answer)


def test_personal_data_fails_but_where_authors_say_who_they_are(tmp_path: Path) -> None:
    told = judge(tmp_path, README_dot_md=IBAN)
    assert told.outcome is Outcome.WARN
    answer = judge(tmp_path, notes_dot_txt=IBAN)
    assert answer.outcome is Outcome.FAIL
    assert answer.evidence[0].startswith("notes.txt: ")
    assert "DE89" not in str(answer)


def test_a_text_that_could_not_be_read_to_its_end_leaves_the_gate_without_an_answer(tmp_path: Path) -> None:
    (tmp_path / "vocab.json").write_bytes(b"\x80\x04\x00\x00\xff\xfe\x00")
    answer = judge(tmp_path)
    assert answer.outcome is Outcome.COULD_NOT_RUN
    assert answer.evidence[0].startswith("vocab.json: ")


def test_findings_that_are_not_listed_are_counted_since_a_waiver_is_for_them_too(tmp_path: Path) -> None:
    answer = judge(tmp_path, **{f"notes{number}_dot_txt": IBAN for number in range(23)})
    assert answer.outcome is Outcome.FAIL
    assert "3 more of this kind are not listed" in answer.evidence

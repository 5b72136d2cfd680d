from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bot.datasets.checklist.assess import assess
from bot.datasets.checklist.evidence import RECORD, Evidence
from bot.datasets.checklist.gathering import gather
from bot.datasets.checklist.items import all_items
from bot.datasets.checklist.record import make_record
from bot.datasets.checklist.sign_off import Signer, SignOff
from bot.hub.jobs import DataFile, KeptData
from bot.release.files import inspect_folder
from bot.release.gates.dataset import check
from bot.release.gates.results import Candidate, GateResult, Outcome
from bot.release.manifest import read_manifest
from bot.sandbox.cards import signed_data
from tests.release.worlds import MANIFEST


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    folder = tmp_path_factory.mktemp("data")
    (folder / "people.csv").write_text("age,sex\n" + "30,f\n" * 6, encoding="utf-8")
    return gather(folder, quasi=["age", "sex"], confirmed_by=["ada"], next_review="2999-01-01")


def released(folder: Path, evidence: Evidence, *, ticked: bool = True, signer: str = "ada") -> GateResult:
    """Put the data and their record into a folder of a model, and ask the gate."""
    data = folder / "data"
    data.mkdir(exist_ok=True)
    if not (data / "people.csv").exists():
        (data / "people.csv").write_text("age,sex\n" + "30,f\n" * 6, encoding="utf-8")
    signed = SignOff(
        signer=Signer(login=signer),
        permission="write",
        role="data steward",
        digest=evidence.digest,
        rules=evidence.scan.rules,
        checklist="general",
        day="2026-11-21",
    )
    ticks = {item.number: "ada" for item in all_items()} if ticked else {}
    record = make_record(
        "general",
        assess(all_items(), evidence),
        evidence,
        ticks=ticks,
        authors=[Signer(login="bob")],
        sign_offs=[signed],
    )
    (data / RECORD).write_text(record.as_json(), encoding="utf-8")
    found = inspect_folder(folder)
    return check(Candidate(folder, None, files=found.files, odd=found.odd))


def test_a_release_without_data_passes(tmp_path: Path) -> None:
    assert check(Candidate(tmp_path, None)).outcome is Outcome.PASS


def test_data_whose_checklist_is_done_and_signed_pass(tmp_path: Path, evidence: Evidence) -> None:
    assert released(tmp_path, evidence).outcome is Outcome.PASS


def test_an_open_item_or_the_author_alone_fails(tmp_path: Path, evidence: Evidence) -> None:
    left_open = released(tmp_path, evidence, ticked=False)
    assert left_open.outcome is Outcome.FAIL
    assert "nobody decided" in left_open.evidence[0]
    alone = released(tmp_path, evidence, signer="bob")
    assert "author has signed" in alone.evidence[-1]


def test_data_that_changed_since_fail(tmp_path: Path, evidence: Evidence) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "people.csv").write_text("age,sex\n31,f\n", encoding="utf-8")
    answer = released(tmp_path, evidence)
    assert answer.outcome is Outcome.FAIL
    assert "changed since" in answer.evidence[0]


def test_what_is_no_record_fails(tmp_path: Path) -> None:
    (tmp_path / RECORD).write_text("{}", encoding="utf-8")
    found = inspect_folder(tmp_path)
    answer = check(Candidate(tmp_path, None, files=found.files))
    assert answer.outcome is Outcome.FAIL


SIGNED = signed_data({"train.csv": b"a\n1\n"})
OWN = read_manifest(MANIFEST)
"""A manifest that names acme/digits, which has the owner of the model."""


def on_hub(files: dict[str, bytes]) -> KeptData:
    hashes = tuple(DataFile(path, hashlib.sha256(content).hexdigest()) for path, content in files.items())
    return KeptData("acme/digits", place=RECORD, record=files.get(RECORD, b"").decode(), files=hashes)


def judged(*data: KeptData, asked: bool = True) -> GateResult:
    return check(Candidate(Path(), OWN, data=data if asked else None))


def test_a_dataset_of_the_same_owner_passes_with_a_checklist_that_is_done_for_its_files() -> None:
    answer = judged(on_hub({**SIGNED, "README.md": b"# Data"}))
    assert answer.outcome is Outcome.PASS, answer.evidence
    assert "acme/digits: done and signed for the files it has now" in answer.evidence[0]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (KeptData("acme/digits", is_found=False), "not to be seen on the Hub"),
        (KeptData("acme/digits"), "it has no dataset-checklist.json"),
        (KeptData("acme/digits", place=RECORD), "too large to be a record"),
        (KeptData("acme/digits", place=RECORD, record="{}", files=(DataFile("a", ""),)), "too many bytes"),
        (on_hub({**SIGNED, RECORD: b"{}"}), "no record of a dataset checklist"),
        (on_hub({**SIGNED, "train.csv": b"other"}), "files changed since it was made"),
        (on_hub({**SIGNED, "new.csv": b"b\n2\n"}), "its checklist is not about new.csv"),
    ],
)
def test_a_dataset_of_the_same_owner_without_a_finished_checklist_fails(data: KeptData, words: str) -> None:
    answer = judged(data)
    assert answer.outcome is Outcome.FAIL
    assert answer.waivable
    assert words in answer.evidence[0]


def test_datasets_that_nobody_looked_at_are_not_passed() -> None:
    assert judged(asked=False).outcome is Outcome.COULD_NOT_RUN
    assert judged(KeptData("acme/x", is_found=False, is_beyond=True)).outcome is Outcome.COULD_NOT_RUN

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.actions import Action, ReportCheck, ReportPart
from bot.cards.facts import Reader
from bot.cards.finding import matches
from bot.errors import UserError
from bot.features.release_check import ReleaseCheckSection, pull_request_changed, touches
from bot.features.release_check.looking import ON_PULL_REQUESTS
from bot.hub.jobs import Asked, Earlier, Known, Origin
from bot.reads import Brought, ChangedFile
from bot.release.files import MANIFEST
from bot.release.manifest import read_manifest
from tests.fixtures.events import event, pull_request
from tests.release.hostile_files import PICKLE, SAFE

TEXT = """\
hub_id: acme/digits-moved
version: 1.0.0
source: models/digits
license: apache-2.0
base_models: [acme/base]
"""
CARD = """---
license: apache-2.0
base_model: acme/base
library_name: transformers
pipeline_tag: image-classification
---
# Digits
"""


@dataclass
class Reads:
    """A repository with a model, and a pull request to it."""

    changed: tuple[ChangedFile, ...] = (ChangedFile("models/digits/model.safetensors", "modified"),)
    on_default: str | None = TEXT
    at_head: str | None = TEXT
    files: dict[str, bytes] = field(
        default_factory=lambda: {"model.safetensors": SAFE, "README.md": CARD.encode()}
    )
    licence: str = "mit"
    refused: str = ""
    left_out: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        return self.changed

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        self.requests.append("text_file")
        if self.refused == "manifest":
            raise UserError("`model-release.yml` is not UTF-8 text.")
        return self.at_head

    async def kept_file(self, repository: str, path: str) -> str | None:
        return self.on_default

    async def public_knowledge(self, asked: Asked, into: Path) -> Known | None:
        return Known((Origin("model", "acme/base", license=self.licence),), Earlier(("v0.9.0",), "v0.9.0"))

    async def file_sizes(self, repository: str, commit: str) -> dict[str, int]:
        return {f"models/digits/{name}": len(content) for name, content in self.files.items()} | {"other": 1}

    async def fetch_sought(
        self,
        repository: str,
        path: str,
        commit: str,
        destination: Path,
        *,
        size_limit: int,
        sought: Sequence[Reader],
    ) -> Brought:
        self.requests.append(f"fetch_sought {path}")
        if self.refused == "folder":
            raise UserError("`models/digits` is no folder of octo/models.")
        for name, content in self.files.items():
            if name not in self.left_out and any(matches(name, one.pattern) for one in sought):
                (destination / name).write_bytes(content)
        return Brought(self.left_out, frozenset(self.files))


async def checked(reads: Reads, section: ReleaseCheckSection | None = None) -> Sequence[Action]:
    opened = event("pull_request", "opened", pull_request=pull_request(number=7))
    return await pull_request_changed(opened, section or ReleaseCheckSection(), reads)


async def parts(reads: Reads) -> dict[str, ReportPart]:
    found = await checked(reads)
    return {action.part: action for action in found if isinstance(action, ReportPart)}


async def test_every_gate_but_the_approval_is_a_part_of_the_check_run() -> None:
    found = await parts(Reads())
    assert list(found) == [f"Gate: {name.replace('_', ' ')}" for name in ON_PULL_REQUESTS]
    assert "Gate: approval" not in found
    assert {name for name, part in found.items() if part.passed} >= {"Gate: manifest", "Gate: licence"}
    assert "the version before it is v0.9.0" in found["Gate: manifest"].summary
    assert "modelaudit reads those when the release is asked for" in found["Gate: file formats"].summary


SCANNER = """#!{python}
import json, pathlib, sys
folder = pathlib.Path(sys.argv[-1])
seen = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
issue = {{"severity": "warning", "location": str(folder / seen[0]), "message": " ".join(seen)}}
report = pathlib.Path(sys.argv[sys.argv.index("--output") + 1])
report.write_text(json.dumps({{"issues": [issue] if "suspicious.json" in seen else []}}))
"""


@pytest.fixture
def with_scanner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that stands where modelaudit does, and tells which files it was shown."""
    program = tmp_path / "modelaudit"
    program.write_text(SCANNER.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setattr("bot.release.gates.second_opinion.scanner", lambda: (str(program),))


async def test_where_modelaudit_is_it_looks_at_what_was_fetched_whole(with_scanner: None) -> None:
    part = (await parts(Reads()))["Gate: file formats"]
    assert part.passed
    assert "modelaudit found nothing either" in part.summary
    files = {"model.safetensors": SAFE, "README.md": CARD.encode(), "suspicious.json": b"{}"}
    part = (await parts(Reads(files=files)))["Gate: file formats"]
    assert not part.passed
    assert "modelaudit: README.md: README.md model.safetensors suspicious.json" in part.summary.replace(
        "\\", ""
    )


async def test_where_modelaudit_is_not_installed_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.release.gates.second_opinion.scanner", lambda: None)
    part = (await parts(Reads()))["Gate: file formats"]
    assert part.passed
    assert "no second opinion: modelaudit is not installed" in part.summary


async def test_of_a_folder_with_too_many_files_no_more_are_stood_in_for_than_a_release_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.features.release_check.looking.MAX_FILES", 3)
    reads = Reads(files={f"{number}.bin": b"x" for number in range(5)})
    part = (await parts(reads))["Gate: file formats"]
    assert not part.passed
    assert "it holds 5 files, and a release has at most 3" in part.summary


async def test_what_would_stop_the_release_is_said_with_what_helps() -> None:
    reads = Reads(licence="gpl-3.0", files={"model.safetensors": SAFE, "weights.pkl": PICKLE})
    found = await parts(reads)
    assert not found["Gate: licence"].passed
    assert "does not allow the licence apache" in found["Gate: licence"].summary
    assert "A maintainer can waive it" in found["Gate: licence"].summary
    assert "weights.pkl" in found["Gate: file formats"].summary
    assert "README.md is missing" in found["Gate: card"].summary


async def test_a_broken_manifest_is_marked_at_its_line() -> None:
    reads = Reads((ChangedFile(MANIFEST, "modified"),), at_head=TEXT.replace("version: 1.0.0", "versoin: 1"))
    found = await parts(reads)
    assert list(found) == ["Gate: manifest"]
    assert {(note.path, note.line) for note in found["Gate: manifest"].annotations} >= {(MANIFEST, 2)}
    assert reads.requests == ["text_file"]


async def test_the_manifest_of_the_pull_request_counts_where_it_changes_it() -> None:
    reads = Reads((ChangedFile(MANIFEST, "added"),), on_default=None)
    assert len(await parts(reads)) == len(ON_PULL_REQUESTS)
    assert reads.requests == ["text_file", "fetch_sought models/digits"]


@pytest.mark.parametrize(
    "reads",
    [
        Reads((ChangedFile("bot.py", "modified"),)),
        Reads((ChangedFile("models/digits2/a.json", "modified"),)),
        Reads(on_default=None),
        Reads(on_default="hub_id: ["),
        Reads((ChangedFile(MANIFEST, "removed"),)),
        Reads((ChangedFile("old.yml", "renamed", previous_path=MANIFEST),)),
    ],
)
async def test_a_pull_request_that_is_about_no_release_costs_no_request(reads: Reads) -> None:
    assert await checked(reads) == []
    assert reads.requests == []


async def test_what_cannot_be_fetched_stops_a_release_too() -> None:
    for refused, part, changed in (
        ("manifest", "Gate: manifest", MANIFEST),
        ("folder", "Gate: file formats", MANIFEST),
    ):
        found = await parts(Reads((ChangedFile(changed, "modified"),), refused=refused))
        assert not found[part].passed
        assert "`model" in found[part].summary


@pytest.mark.parametrize(
    ("files", "left_out", "words"),
    [
        ({"link.json": b"{}"}, {"link.json": "it is a symbolic link"}, "link.json: it is a symbolic link"),
        ({"huge.json": b"{}"}, {"huge.json": "it is larger than what I fetch"}, "huge.json"),
    ],
)
async def test_a_file_that_nobody_saw_is_never_taken_for_harmless(
    files: dict[str, bytes], left_out: dict[str, str], words: str
) -> None:
    reads = Reads(files={"model.safetensors": SAFE, "README.md": CARD.encode(), **files}, left_out=left_out)
    part = (await parts(reads))["Gate: file formats"]
    assert not part.passed
    assert words in part.summary


async def test_each_gate_can_have_a_check_run_of_its_own() -> None:
    section = ReleaseCheckSection(level="required", runs="each")
    found = await checked(Reads(licence="gpl-3.0"), section)
    runs = {run.name: run.conclusion for run in found if isinstance(run, ReportCheck)}
    assert len(runs) == len(found) == len(ON_PULL_REQUESTS)
    assert runs["giveback / licence"] == "failure"
    assert runs["giveback / manifest"] == "success"
    assert await checked(Reads(), ReleaseCheckSection(level="off")) == []


async def test_of_content_kept_elsewhere_the_manifest_alone_is_checked() -> None:
    elsewhere = TEXT.replace("models/digits", "hf://acme/staging@main")
    reads = Reads((ChangedFile(MANIFEST, "modified"),), at_head=elsewhere)
    assert list(await parts(reads)) == ["Gate: manifest"]


def test_a_model_at_the_top_of_the_repository_is_touched_by_every_change() -> None:
    at_the_top = read_manifest(TEXT.replace("models/digits", "."))
    assert touches([ChangedFile("README.md", "modified")], at_the_top)
    assert not touches([ChangedFile("README.md", "modified")], None)


@pytest.mark.parametrize("odd", ["../../../lost", "x" * 300 + ".py", "a\x00b.py"])
async def test_a_tree_made_by_hand_writes_nothing_outside_of_its_folder(tmp_path: Path, odd: str) -> None:
    @dataclass
    class ByHand(Reads):
        async def file_sizes(self, repository: str, commit: str) -> dict[str, int]:
            return {**await super().file_sizes(repository, commit), f"models/digits/{odd}": 7}

    around = tmp_path / "around"
    around.mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tempfile.tempdir", str(around))
        found = await parts(ByHand())
    part = found["Gate: file formats"]
    assert not part.passed
    assert "no file can be written to" in part.summary
    assert names_in(tmp_path) == ["around"]
    assert names_in(around) == []


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]

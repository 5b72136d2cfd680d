from pathlib import Path

import pytest

from bot.hub.jobs import Asked, DataFile, Earlier, KeptData
from bot.hub.known import is_like
from bot.hub.publishing import Publisher
from bot.hub.versions import precedence, version_before
from bot.release.files import inspect_folder
from bot.sandbox.cards import put_card
from tests.fixtures.hub import SIGNED, SandboxHub
from tests.hub.releasing import HUB_ID, publish

PATTERNS = ("config.json", "*_results.json", "*/results_*.json")


@pytest.mark.parametrize(
    ("tag", "before"),
    [
        ("v1.0.0", "v1.0.0-rc.2"),
        ("v1.0.0-rc.2", "v1.0.0-rc.1"),
        ("v1.0.0-rc.10", "v1.0.0-rc.2"),
        ("v1.0.1", "v1.0.0"),
        ("v10.0.0", "v2.0.0"),
        ("v0.1.0", None),
        ("latest", None),
    ],
)
def test_the_version_before_is_the_highest_below(tag: str, before: str | None) -> None:
    tags = ["v2.0.0", "v1.0.0", "v1.0.0-rc.1", "v1.0.0-rc.2", "main", "v1", "v1.0.0-x y"]
    assert version_before(tags, tag) == before


def test_versions_are_ordered_as_the_standard_orders_them() -> None:
    ordered = ("-alpha", "-alpha.1", "-alpha.beta", "-beta", "-beta.2", "-beta.11", "-rc.1", "")
    places = [precedence(f"v1.0.0{ending}") for ending in ordered]
    assert None not in places
    assert places == sorted(place for place in places if place is not None)


@pytest.mark.parametrize(
    ("path", "fits"),
    [
        ("a/results_1.json", True),
        ("results_1.json", False),
        ("a/b/results_1.json", False),
        ("../results_1.json", False),
        ("./results_1.json", False),
        ("a\\b/results_1.json", False),
    ],
)
def test_a_pattern_stays_within_a_folder_and_leads_out_of_none(path: str, fits: bool) -> None:
    assert is_like(path, "*/results_*.json") is fits


async def test_what_the_hub_knows_of_a_version_that_was_published(
    hub: SandboxHub, publisher: Publisher, model: Path, tmp_path: Path
) -> None:
    (model / "eval").mkdir()
    (model / "eval/results_1.json").write_text("{}")
    commit = await publish(publisher, model)
    await publisher.tag(HUB_ID, "v1.0.0", commit, "Release")
    files = inspect_folder(model).published
    into = tmp_path / "next"
    into.mkdir()
    known = await publisher.known(Asked(HUB_ID, "v1.1.0", results=PATTERNS), into, model, files)
    assert known.earlier == Earlier(("v1.0.0",), "v1.0.0")
    brought = {path.relative_to(into).as_posix() for path in into.rglob("*") if path.is_file()}
    assert brought >= {"config.json", "eval/results_1.json"}
    assert "model.safetensors" not in brought
    assert (into / "config.json").read_bytes() == (model / "config.json").read_bytes()

    again = await publisher.known(Asked(HUB_ID, "v1.0.0", results=PATTERNS), into, model, files)
    assert again.earlier == Earlier(("v1.0.0",), is_same=True)
    (model / "config.json").write_text("{}")
    changed = inspect_folder(model).published
    other = await publisher.known(Asked(HUB_ID, "v1.0.0", results=PATTERNS), into, model, changed)
    assert other.earlier.is_same is False


async def test_the_checklists_of_datasets_come_with_the_hashes_of_their_files(
    origins_hub: SandboxHub, tmp_path: Path
) -> None:
    put_card(origins_hub.url, origins_hub.token, "dataset", "acme/own", "license: mit", SIGNED)
    put_card(origins_hub.url, origins_hub.token, "dataset", "acme/bare", "license: mit")
    own = ("acme/own", "acme/bare", "acme/gone", "no valid name/")
    asked = Asked("acme/none", "v1.0.0", own=own, record="dataset-checklist.json")
    known = await Publisher(origins_hub.access).known(asked, tmp_path, tmp_path)
    first, bare, gone, wrong = known.data
    assert first.record == SIGNED["dataset-checklist.json"].decode()
    assert all(one.sha256 for one in first.files)
    assert DataFile("digits.csv", first.record.split('"sha256": "')[1][:64]) in first.files
    assert bare == KeptData("acme/bare")
    assert not gone.is_found
    assert not wrong.is_found
    assert known.earlier == Earlier()

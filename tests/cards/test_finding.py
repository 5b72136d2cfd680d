import os
from pathlib import Path

import pytest

from bot.cards import finding, reading
from bot.cards.finding import find, matches
from bot.cards.reading import read_facts


def fill(folder: Path, *files: str) -> Path:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text('{"hidden_size": 1}')
    return folder


def test_a_pattern_leads_into_the_folders_it_names_and_no_others(tmp_path: Path) -> None:
    fill(tmp_path, "config.json", "unet/config.json", "unet/deep/config.json", "vae/config.json")
    assert tuple(find(tmp_path, ["config.json", "unet/config.json"]).paths) == (
        "config.json",
        "unet/config.json",
    )


def test_a_models_own_files_come_before_those_of_its_folders(tmp_path: Path) -> None:
    fill(tmp_path, "1_Pooling/config.json", "b/c/config.json", "config.json", "z/config.json")
    found = find(tmp_path, ["*/*/config.json", "*/config.json", "config.json"])
    assert tuple(found.paths) == ("config.json", "1_Pooling/config.json", "z/config.json", "b/c/config.json")


def test_checkpoints_saved_on_the_way_and_hidden_folders_are_left_out(tmp_path: Path) -> None:
    fill(tmp_path, "checkpoint-500/config.json", ".cache/config.json", ".hidden.json", "a/.config.json")
    assert tuple(find(tmp_path, ["*/config.json", "*.json", "*/*.json"]).paths) == ()


def test_a_hidden_file_is_found_by_its_own_name(tmp_path: Path) -> None:
    fill(tmp_path, ".eval_results/gsm8k.yaml")
    assert tuple(find(tmp_path, [".eval_results/*.yaml"]).paths) == (".eval_results/gsm8k.yaml",)


def test_a_folder_can_be_what_a_pattern_ends_at(tmp_path: Path) -> None:
    fill(tmp_path, ".git/config.json")
    assert tuple(find(tmp_path, [".git", "*/config.json"]).paths) == (".git",)


def test_a_linked_folder_is_not_looked_into(tmp_path: Path) -> None:
    fill(tmp_path / "elsewhere", "config.json")
    model = fill(tmp_path / "model", "config.json")
    (model / "unet").symlink_to(tmp_path / "elsewhere")
    (model / "loop").symlink_to(model)
    assert tuple(find(model, ["*/config.json", "*/*/config.json"]).paths) == ()


def test_a_crowded_folder_below_does_not_hide_the_models_own_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MAX_ENTRIES", 10)
    fill(tmp_path, "config.json", *(f"a/{number}.json" for number in range(20)))
    found = find(tmp_path, ["config.json", "*/*.json"])
    assert next(iter(found.paths)) == "config.json"
    assert not found.is_whole


def test_a_folder_with_too_many_entries_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MAX_ENTRIES", 3)
    fill(tmp_path, *(f"{number}.txt" for number in range(4)))
    assert [one.file for one in read_facts(tmp_path).unreadable] == ["."]


def test_facts_beyond_what_a_model_has_are_left_out_and_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_FACTS", 2)
    for number in range(3):
        (tmp_path / f"{number}_results.json").write_text('{"eval_a": 1}')
    found = read_facts(tmp_path)
    assert len(found.facts) == 2
    assert [one.file for one in found.unreadable] == ["."]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    fill(tmp_path, "unet/config.json")
    (tmp_path / "unet").chmod(0)
    try:
        assert find(tmp_path, ["unet/config.json"]).closed == ("unet",)
    finally:
        (tmp_path / "unet").chmod(0o700)


@pytest.mark.parametrize(
    ("path", "pattern", "fits"),
    [
        ("unet/config.json", "unet/config.json", True),
        ("unet/config.json", "*.json", False),
        ("unet/config.json", "*", False),
        ("config.json", "*/config.json", False),
        ("a/b", "*/*", True),
        (".git/config", "*/config", False),
        (".git/config", ".git/*", True),
        ("Config.json", "config.json", False),
    ],
)
def test_a_pattern_is_held_against_a_path_part_by_part(path: str, pattern: str, fits: bool) -> None:
    assert matches(path, pattern) is fits

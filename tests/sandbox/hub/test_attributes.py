"""Which files are large ones, and which are left out."""

import pytest

from bot.sandbox.hub.attributes import default_gitattributes, goes_to_large_storage, ignored

MODEL = default_gitattributes("model").decode()
DATASET = default_gitattributes("dataset").decode()


@pytest.mark.parametrize(
    ("path", "large"),
    [
        ("model.safetensors", True),
        ("deep/down/pytorch_model.bin", True),
        ("saved_model/variables/index", True),
        ("runs/events.out.tfevents.123", True),
        ("archive.tar.gz", True),
        ("config.json", False),
        ("README.md", False),
        ("safetensors", False),
        ("photo.png", False),
    ],
)
def test_the_suffixes_of_weights_are_large_whatever_their_size(path: str, large: bool) -> None:
    assert goes_to_large_storage(path, 10, MODEL, 10_000_000) is large


def test_datasets_keep_pictures_and_sound_as_large_files() -> None:
    assert goes_to_large_storage("photo.png", 10, DATASET, 10_000_000)


def test_anything_above_the_threshold_is_large_and_nothing_empty_is() -> None:
    assert goes_to_large_storage("data.txt", 10_000_001, MODEL, 10_000_000)
    assert not goes_to_large_storage("data.txt", 10_000_000, MODEL, 10_000_000)
    assert not goes_to_large_storage("model.safetensors", 0, MODEL, 10_000_000)


def test_the_last_pattern_that_sets_a_filter_decides() -> None:
    attributes = "*.bin filter=lfs\nsmall.bin !filter\n# *.txt filter=lfs\n\n*.md text\n"
    assert goes_to_large_storage("big.bin", 1, attributes, 100)
    assert not goes_to_large_storage("small.bin", 1, attributes, 100)
    assert not goes_to_large_storage("a.txt", 1, attributes, 100)


def test_gitignore_leaves_out_files_and_whole_folders() -> None:
    rules = "*.log\n!kept.log\nbuild/\n/top.txt\n"
    paths = ("a.log", "x/kept.log", "build/deep/a.txt", "build", "top.txt", "x/top.txt")
    assert [ignored(path, rules) for path in paths] == [True, False, True, False, True, False]

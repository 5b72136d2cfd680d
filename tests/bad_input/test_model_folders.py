"""Models that cannot be released: each file at fault is named, with what to do, and nothing is published."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping

import pytest

from tests.bad_input.world import FOLDER, Model, World, good_model, is_clear

WEIGHTS = "model.safetensors"
REPLACE = "Remove, rename or replace them"


def pointer(content: bytes, size: int | str | None = None) -> bytes:
    """Write a Git LFS pointer to content that nobody pushed, or that has another size."""
    oid = hashlib.sha256(content).hexdigest()
    size = len(content) if size is None else size
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n".encode()


def header(length: int, rest: bytes = b"") -> bytes:
    return struct.pack("<Q", length) + rest


def weights() -> bytes:
    return good_model()[WEIGHTS]


def is_refused(model: Model, *parts: str) -> None:
    """Hold the end of the release that was asked for to what it has to be."""
    told = model.ended()
    assert model.records()[-1].status in ("refused", "failed")
    is_clear(told, "ended without publishing", *parts)
    assert "comment `/approve" not in model.status()
    assert not model.is_on_the_hub()
    assert not list((model.world.home / "scene/service/releases").glob(f"{model.records()[-1].id}*"))


def test_a_sound_model_is_published(world: World) -> None:
    model = world.model()
    model.release()
    model.approve()
    assert "is published: " in model.ended()
    assert model.is_public()


FILES: dict[str, tuple[dict[str, bytes | None], str, str]] = {
    "empty": ({WEIGHTS: b""}, "it is empty", REPLACE),
    "five bytes": ({WEIGHTS: weights()[:5]}, "it ends before the length of its header", REPLACE),
    "truncated header": ({WEIGHTS: weights()[:50]}, "its header is cut off", REPLACE),
    "truncated data": ({WEIGHTS: weights()[:-10]}, "its data is cut off", REPLACE),
    "more than tensors": ({WEIGHTS: weights() + b"evil"}, "4 bytes that belong to no tensor", REPLACE),
    "header bomb": ({WEIGHTS: header(2**60)}, "it claims a header of 1152921504606846976 bytes", REPLACE),
    "header of deep JSON": ({WEIGHTS: header(500_000, b'{"a":' * 100_000)}, "it is nested too deep", REPLACE),
    "pickle": ({WEIGHTS: b"\x80\x04\x95" + b"x" * 50}, "it is a pickle, as torch.save writes it", REPLACE),
    "empty text": ({"notes.txt": b""}, "notes.txt: it is empty", REPLACE),
    "deep JSON": ({"config.json": b"[" * 100_000}, "config.json: it is nested too deep", REPLACE),
    "endless number": ({"config.json": b'{"a":' + b"9" * 10_000 + b"}"}, "thousands of digits", REPLACE),
    "key twice": ({"config.json": b'{"a": 1, "a": 2}'}, "a key is given twice", REPLACE),
    "binary text": ({"notes.txt": b"a\0b"}, "notes.txt: it is binary, not text", REPLACE),
    "code": ({"modeling.py": b"import os"}, "modeling.py: files of this kind are not released", REPLACE),
    "no card": ({"README.md": None}, "README.md is missing", "Write the card with /model\\-card"),
    "broken card": (
        {"README.md": b"---\nlicense: [x\n---\n"},
        "README.md:2: not valid YAML",
        "Fix the card",
    ),
    "card in latin-1": (
        {"README.md": b"---\nlicense: mit\n---\ncaf\xe9"},
        "not UTF\\-8 text",
        "Save the card",
    ),
    "missing object": ({WEIGHTS: pointer(b"x" * 99)}, "cannot be fetched from Git LFS", "git lfs push"),
    "pointer of a size that lies": ({WEIGHTS: pointer(weights(), 10)}, "Git LFS", "git lfs push"),
    "pointer bomb": ({WEIGHTS: pointer(b"x", "9" * 800)}, "larger than 500,000 MB", "Keep only"),
}


@pytest.fixture(scope="module")
def spoilt_files(_world: World) -> Mapping[str, Model]:
    """Every such model with its release asked for at once, so that a test waits for its own alone."""
    return {name: _world.model(files=spoilt[0]).ask() for name, spoilt in FILES.items()}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_released_is_named_with_the_next_step(
    world: World, spoilt_files: Mapping[str, Model], name: str
) -> None:
    is_refused(spoilt_files[name], *FILES[name][1:])


TREE, BLOB = "the model's own tree", "its config.json"
ENTRIES: dict[str, tuple[list[tuple[str, bytes, bytes | str]], str, str]] = {
    "link": ([("120000", b"link.json", b"../../secret")], "link.json is a symbolic link", "Put the file"),
    "link out": ([("120000", b"README.md", b"/etc/passwd")], "README.md is a symbolic link", "Put the file"),
    "submodule": ([("160000", b"sub", "1" * 40)], "sub is a submodule", "Put the model's files into"),
    "folder ..": ([("40000", b"..", TREE)], "../README.md is not a path that can be published", "Rename it"),
    "folder .git": ([("40000", b".git", TREE)], ".git/README.md is not a path", "Rename it"),
    "path with ..": ([("100644", b"../../x.json", b"{}")], "../../x.json is not a path", "Rename it"),
    "path from the root": ([("100644", b"/tmp/x.json", b"{}")], "/tmp/x.json is not a path", "Rename it"),
    "backslash": ([("100644", b"a\\..\\b.json", b"{}")], "is not a path that can be published", "Rename it"),
    "line break": ([("100644", b"a\nb.json", b"{}")], "a b.json is not a path", "Rename it"),
    "endless name": ([("100644", b"a" * 300 + b".json", b"{}")], "has too long a name", "Rename it"),
    "not UTF-8": (
        [("100644", b"\xff.json", b"{}"), ("100644", b"\xfe.json", b"[]")],
        "has a name that is not UTF\\-8",
        "Rename it",
    ),
    "name twice": (
        [("100644", b"dup.json", b"{}"), ("100644", b"dup.json", BLOB)],
        "dup.json is in the folder twice",
        "add the right one",
    ),
    "file and folder": (
        [("100644", b"zz", b"{}"), ("40000", b"zz", TREE)],
        "zz is in the folder twice",
        "add the right one",
    ),
    "too many": (
        [("100644", f"{number:04}.txt".encode(), BLOB) for number in range(2_000)],
        "more than 1,000 files",
        "name that one",
    ),
    "case": ([("100644", b"CONFIG.json", b"{}")], "differs from another one's only in case", REPLACE),
    "right to left": ([("100644", "a\u202ejson.txt".encode(), b"x")], "do not belong", REPLACE),
    "markup": ([("100644", b"`@everyone <img src=x> | a.json", b"{}")], "do not belong", REPLACE),
    "hidden": ([("100644", b".env", b"TOKEN=1")], ".env: hidden files are not released", REPLACE),
}  # fmt: skip


@pytest.fixture(scope="module")
def odd_entries(_world: World) -> Mapping[str, Model]:
    """Every such model with its release asked for at once."""
    made = {}
    for name, (entries, *_) in ENTRIES.items():
        model = made[name] = _world.model()
        known = {
            TREE: model.git("rev-parse", f"main:{FOLDER}").decode().strip(),
            BLOB: model.git("rev-parse", f"main:{FOLDER}/config.json").decode().strip(),
        }
        model.plant(
            *[(mode, name, known.get(of, of) if isinstance(of, str) else of) for mode, name, of in entries]
        )
        model.ask()
    return made


@pytest.mark.parametrize("name", ENTRIES)
def test_an_odd_entry_of_the_tree_is_named_with_the_next_step(
    world: World, odd_entries: Mapping[str, Model], name: str
) -> None:
    model = odd_entries[name]
    is_refused(model, *ENTRIES[name][1:])
    assert "@everyone" not in model.words()
    assert "<img" not in model.words()
    assert "\u202e" not in model.words()


def test_a_large_file_whose_content_differs_from_its_pointer_is_refused(world: World) -> None:
    content = weights()
    model = world.model(lfs={WEIGHTS: content})
    stored = world.home / "scene/github/lfs" / hashlib.sha256(content).hexdigest()
    true = stored.read_bytes()
    try:
        stored.write_bytes(b"x" * len(content))
        model.ask()
        is_refused(model, f"{WEIGHTS} is not in Git LFS as its pointer describes it", "push it")
    finally:
        stored.write_bytes(true)


def test_a_model_in_git_lfs_is_released_whole(world: World) -> None:
    model = world.model(lfs={WEIGHTS: weights()})
    assert model.say(f"/model-card path={FOLDER}") == "rocket"
    assert model.release().status == ""
    model.approve()
    assert "is published: " in model.ended()
    assert world.hub.content(model.hub_id, WEIGHTS) == weights()


# The card of such models.

UNREADABLE = {
    "empty": b"",
    "truncated header": weights()[:50],
    "header bomb": header(2**60),
    "pickle": b"\x80\x04\x95" + b"x" * 50,
}


@pytest.mark.parametrize(
    ("content", "in_lfs"),
    [(b"", False), *((content, True) for content in UNREADABLE.values())],
    ids=["in git", *(f"{name}, in git lfs" for name in UNREADABLE)],
)
def test_a_card_is_written_from_the_rest_and_names_the_file_that_could_not_be_read(
    world: World, content: bytes, in_lfs: bool
) -> None:
    place = {"lfs": {WEIGHTS: content}} if in_lfs else {"files": {WEIGHTS: content}}
    model = world.model(**place)
    assert model.say(f"/model-card path={FOLDER}") == "rocket"
    is_clear(model.status(), "These files could not be read", f"- `{WEIGHTS}`: ")


def test_a_file_that_git_lfs_does_not_have_is_named_and_the_card_says_nothing_of_it(world: World) -> None:
    model = world.model(files={WEIGHTS: pointer(b"x" * 99)})
    assert model.say(f"/model-card path={FOLDER}") == "rocket"
    is_clear(model.status(), "These files could not be read", "cannot be fetched from Git LFS")


@pytest.mark.parametrize(
    ("files", "path", "words"),
    [
        ({"README.md": b"caf\xe9"}, FOLDER, "in `models/digits` is not UTF-8 text. Save it as UTF-8"),
        ({"README.md": b"x" * 1_000_001}, FOLDER, "is larger than 1 MB. Shorten it"),
        ({"README.md": b"---\na: [\n---\n"}, FOLDER, "broken metadata at line"),
        ({}, "../..", "`../..` is no folder of"),
        ({}, "models/nowhere", "`models/nowhere` is no folder of"),
        ({}, "model-release.yml", "`model-release.yml` is no folder of"),
        ({}, "models", "I found nothing in `models` that says what the model is"),
        ({}, '"<img src=x> @everyone ``` {{ 7*7 }}"', "is no folder of"),
    ],
    ids=range(8),
)  # fmt: skip
def test_a_card_that_cannot_be_written_is_declined_in_words_and_nothing_is_written(
    world: World, files: dict[str, bytes | None], path: str, words: str
) -> None:
    model = world.model(files=files)
    before = model.git("for-each-ref")
    is_clear(model.answer(f"/model-card path={path}"), words)
    assert model.git("for-each-ref") == before

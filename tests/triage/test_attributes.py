from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.attributes import DIFF, GENERATED, VENDORED, read_attributes


def why(path: str, text: str = "") -> str | None:
    return read_attributes({".gitattributes": text}).why_left_out(path)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("package-lock.json", "generated"),
        ("web/yarn.lock", "generated"),
        ("proto/a_pb2.py", "generated"),
        ("a/node_modules/x/index.js", "vendored"),
        ("dist/app.js", "vendored"),
        ("third_party/fmt/fmt.h", "vendored"),
        ("src/lock.py", None),
        ("src/distribution/a.py", None),
        ("tests/test_a.py", None),
    ],
)
def test_what_people_do_not_write_is_left_out_without_being_told(path: str, reason: str | None) -> None:
    assert why(path) == reason


def test_what_the_repository_says_counts_more_than_the_list_of_the_house() -> None:
    assert why("dist/app.js", "dist/** -linguist-vendored") is None
    assert why("uv.lock", "uv.lock linguist-generated=false") is None
    assert why("api/client.py", "api/* linguist-generated=true") == "generated"
    assert why("data.csv", "*.csv -diff") == "no diff"
    assert why("a.bin", "*.bin binary") == "no diff"
    assert why("a.gen", "[attr]made linguist-generated -diff\n*.gen made") == "generated"


def test_the_last_line_counts_and_an_exclamation_mark_takes_back() -> None:
    assert why("a/b.py", "*.py linguist-generated\nb.py -linguist-generated") is None
    assert why("uv.lock", "*.lock -linguist-generated\nuv.lock !linguist-generated") == "generated"


def test_the_file_nearest_to_a_path_counts() -> None:
    said = read_attributes(
        {".gitattributes": "*.py linguist-generated", "a/b/.gitattributes": "*.py -linguist-generated"}
    )
    assert (said.why_left_out("a/x.py"), said.why_left_out("a/b/c/x.py")) == ("generated", None)


LINES = (
    "*.a linguist-generated",
    "x/*.b linguist-generated=false",
    "/top.a -linguist-generated",
    "x/ linguist-vendored",
    "x/** linguist-vendored",
    "**/y/* -diff",
    "a/**/b linguist-vendored",
    "[a-c].a diff",
    "[!a-c].b -diff",
    "?.a !linguist-generated",
    "y linguist-vendored",
    '"sp ace.a" -diff',
    "\\*.a diff",
    "# *.a -diff",
    "!*.a -diff",
    "[attr]made linguist-vendored -diff",
    "*.b made",
    "x/y/** !diff linguist-generated=yes",
    "*.a binary",
    "[[:upper:]].a -diff",
)
PATHS = (
    "a.a",
    "top.a",
    "x/top.a",
    "x/a.b",
    "x/y/z",
    "x/y/z/a.a",
    "y",
    "y/a.b",
    "a/b",
    "a/x/y/b",
    "sp ace.a",
    "*.a",
    "d.b",
    "A.a",
    "x",
)


@given(st.lists(st.sampled_from(LINES), max_size=6), st.lists(st.sampled_from(LINES), max_size=3))
def test_attributes_are_those_that_git_reads(
    tmp_path_factory: pytest.TempPathFactory, top: list[str], below: list[str]
) -> None:
    folder = repository(tmp_path_factory)
    texts = {".gitattributes": "\n".join(top), "x/.gitattributes": "\n".join(below)}
    for name, text in texts.items():
        (folder / name).write_text(text + "\n")
    asked = subprocess.run(
        ["git", "check-attr", "-z", "--stdin", GENERATED, VENDORED, DIFF],
        cwd=folder,
        input="\0".join(PATHS),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")[:-1]
    said = read_attributes(texts)
    words = {"set": "true", "unset": "false", "unspecified": None}
    for path, attribute, value in zip(asked[::3], asked[1::3], asked[2::3], strict=True):
        assert said.value(path, attribute) == words.get(value, value), (path, attribute)


def repository(factory: pytest.TempPathFactory) -> Path:
    folder = factory.getbasetemp() / "attributes"
    if not folder.exists():
        (folder / "x").mkdir(parents=True)
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    return folder


@given(st.text(alphabet='a/*?\\[]!# -="\n\t\x00é\ud800', max_size=80), st.text(max_size=20))
def test_any_text_is_read(text: str, path: str) -> None:
    read_attributes({".gitattributes": text, "a/.gitattributes": text}).why_left_out(path)

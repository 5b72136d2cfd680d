from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.rendering import code, day, in_cell, mention, plain, quiet, template_folder

ADDRESSES = [
    "https://evil.example/fix",
    "HTTP://evil.example",
    "ftp://evil.example",
    "www.evil.example",
    "_www.evil.example",
    "(www.evil.example)",
    "mailto:bob@evil.example",
    "xmpp:bob@evil.example/x",
    "bob@-evil.example",
    "bob@_evil.example",
    "<https://evil.example>",
    "[a](https://evil.example)",
    "![a](https://evil.example)",
    "[a]: https://evil.example",
    "<img src=https://evil.example>",
    "&lt;b&gt; &#64;everyone &commat;everyone",
    "@everyone",
    "@octo/team",
    "octo/models#1",
    "GH-12",
    "fixes #12",
    "`` ` ``",
    "**a** _b_ ~~c~~ ~d~",
    "$\\href{https://evil.example}{a}$",
    "https:\u200b//evil.example",
    "www\u2060.evil.example",
    "| a | b |",
    "# a",
    "- a",
    "> a",
    "\\@everyone \\https://evil.example \\`a\\`",
]

LIVE = [
    # GitHub Flavored Markdown Spec 0.29, "Autolinks (extension)".
    re.compile(r"(?:^|[\s*_~(])www\.", re.IGNORECASE),
    re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE),
    re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9_-]"),
    # GitHub Docs, "Autolinked references and URLs" and "Mentioning people and teams".
    re.compile(r"@[A-Za-z0-9_-]"),
    re.compile(r"#\d"),
    re.compile(r"\bGH-\d", re.IGNORECASE),
]

hostile = st.lists(st.sampled_from(ADDRESSES) | st.text(max_size=8), max_size=6).map(" ".join) | st.text()


def shown(markdown: str) -> tuple[set[str], str]:
    """Give the kinds of markup a sentence with this in it has, and the text a reader sees."""
    blocks = MarkdownIt("gfm-like", {"linkify": False}).parse(f"He said: {markdown}.")
    children = [child for block in blocks for child in block.children or []]
    return {child.type for child in children}, "".join(child.content for child in children)


@given(hostile)
@example(" ".join(ADDRESSES))
def test_what_a_person_wrote_is_repeated_as_mere_text(said: str) -> None:
    kinds, text = shown(plain(said))
    assert kinds <= {"text", "text_special"}
    assert not [pattern.pattern for pattern in LIVE if pattern.search(text)]


@given(hostile)
def test_quiet_words_link_and_call_nobody(said: str) -> None:
    assert not [pattern.pattern for pattern in LIVE if pattern.search(quiet(said))]


@pytest.mark.parametrize(
    "said", ["C++ & <b>", "a_b*c [x](y) `z` #5", "3.11, torch 2.5.1", "$5 | 10 %", "a\\b"]
)
def test_what_a_person_wrote_stays_legible(said: str) -> None:
    assert shown(plain(said))[1].replace("\u200b", "") == f"He said: {said}."


@given(hostile.filter(str.strip))
def test_code_cannot_be_broken_out_of(said: str) -> None:
    assert shown(code(said))[0] <= {"text", "text_special", "code_inline"}
    assert "code_inline" in shown(code(said))[0]


def test_long_words_are_cut() -> None:
    assert plain("x" * 400) == "x" * 299 + "…"


def test_a_login_is_mentioned_and_anything_else_is_only_repeated() -> None:
    assert mention("octo-cat") == "@octo-cat"
    for odd in ("octo/everyone", "a b", "-x", "x" * 40, "@bob", ""):
        assert "@o" not in mention(odd)
        assert mention(odd) == plain(odd)


def test_a_moment_is_named_by_its_day() -> None:
    assert day(0.0) == "1 January 1970"


def test_code_in_a_table_never_ends_its_cell() -> None:
    lines = [line for file in template_folder().rglob("*.md.j2") for line in file.read_text().splitlines()]
    rows = [line for line in lines if line.lstrip().startswith("|")]
    shown = [found for row in rows for found in re.findall(r"\{\{(.*?)\}\}", row)]
    assert [one for one in shown if re.search(r"\bcode\b", one) and "in_cell" not in one] == []


@given(st.text("a|\\` ", max_size=12))
@example("a\\|@octo/team|")
def test_a_cell_holds_the_whole_of_what_is_put_into_it(text: str) -> None:
    table = f"| file |\n|---|\n| {in_cell(code(text))} |\n"
    cells = [token for token in MarkdownIt().enable("table").parse(table) if token.type == "inline"]
    (shown,) = cells[1].children or []
    assert shown.type == "code_inline"
    assert shown.content.replace("\u200b", "").split() == text.split()
    assert not re.search(r"(?<!\\)(\\\\)+\|", table)  # to some readers the second backslash escapes nothing

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import COMMANDS_PER_COMMENT, Fault, Invocation, new_invocations, parse

KNOWN = ("help", "approve", "label", "release-model")


def names(body: str, slug: str = "giveback") -> list[str]:
    return [invocation.name for invocation in parse(body, known=KNOWN, slug=slug)]


def test_a_command_stands_at_the_start_of_a_line() -> None:
    assert parse("/help", known=KNOWN) == (Invocation("help"),)
    assert names("please /help") == []


def test_several_commands_are_read_in_order_with_their_lines() -> None:
    found = parse("Thanks!\n\n/label bug\n/approve\nand\n\n/help", known=KNOWN)
    assert [(one.name, one.line) for one in found] == [("label", 3), ("approve", 4), ("help", 7)]


def test_the_app_can_be_addressed_by_name_in_any_case() -> None:
    body = "@Giveback help\n@giveback[bot] /approve\n@giveback, label bug"
    assert names(body) == ["help", "approve", "label"]
    assert all(one.addressed for one in parse(body, known=KNOWN))


def test_the_slug_is_the_operators() -> None:
    assert names("@other-app help", slug="Other-App") == ["help"]
    assert names("@giveback help", slug="other-app") == []


def test_names_are_read_in_any_case() -> None:
    assert names("/Release-Model") == ["release-model"]


@pytest.mark.parametrize(
    "body",
    [
        "/etc/passwd",
        "/help/me",
        "/help.txt",
        "/usr/bin is full",
        "//help",
        "/ help",
        "/help,",
        "@givebackhelp help",
    ],
)
def test_a_path_is_no_command(body: str) -> None:
    assert names(body) == []


def test_an_unknown_slash_word_is_left_alone_but_an_addressed_one_is_returned() -> None:
    assert names("/thanks") == []
    assert names("@giveback thanks") == ["thanks"]
    assert names("@giveback thanks!") == []


@pytest.mark.parametrize(
    "body",
    [
        "```\n/help\n```",
        "~~~sh\n/help",
        "    /help",
        "`a\n/help\nb`",
        "``a ` \n/help\n``",
        "> /help",
        "> quoted\n/help",
        "- /help",
        "- item\n/help",
        "1. a\n\n   /help",
        "# /help",
        "<!-- \n/help\n-->",
        "<!--\n\n/help\n\n-->",
        "text <!-- \n/help\n--> text",
        "<div>\n/help\n</div>",
        '<a title="\n/help\n">x</a>',
        'text <a title="\n/help\n">x</a>',
        "<pre>\n\n/help\n\n</pre>",
        "<details>\n\n/help\n\n</details>",
        "<details><summary>log</summary>\n\n<details>\n\n</details>\n\n/help",
        "<blockquote>\n\n/help\n\n</blockquote>",
        '[a](/b "\n/help\n")',
        '[a]: /b "\n/help\n"',
        "![\n/help\n](/x.png)",
        "/help | b\n---|---\n/help | c",
        "\t/help",
        "text\n    /help",
    ],
)
def test_a_command_that_is_only_shown_never_runs(body: str) -> None:
    assert names(body) == []


@pytest.mark.parametrize(
    "body",
    [
        "/help\n--\nSent from a phone",
        "/help\n---",
        "text\\\n/help",
        "text  \n   /help",
        "> quoted\n\n/help",
        "<details>\n\nlog\n\n</details>\n\n/help",
        "`unclosed\n/help",
        "/help\r\nbye",
        "/help <!-- a note -->",
        "<!-- fill in -->\n/help",
    ],
)
def test_a_command_in_plain_text_runs(body: str) -> None:
    assert parse(body, known=KNOWN)[0].name == "help"
    assert parse(body, known=KNOWN)[0].arguments == ()


def test_words_quotes_and_options_are_told_apart() -> None:
    [found] = parse('/label bug "good first issue" Why="it is \\"small\\"" n=1 “smart quotes”', known=KNOWN)
    assert found.arguments == ("bug", "good first issue", "smart quotes")
    assert found.options == {"why": 'it is "small"', "n": "1"}


def test_an_address_with_a_query_is_an_argument() -> None:
    [found] = parse("/label https://example.org/?a=b 'x' don't", known=KNOWN)
    assert found.arguments == ("https://example.org/?a=b", "'x'", "don't")


def test_a_code_span_that_goes_on_below_stays_in_its_argument() -> None:
    [found] = parse("/label `a\n/approve` b\n/help", known=KNOWN)[:1]
    assert found.arguments == ("`a", "/approve`", "b")


@pytest.mark.parametrize("rest", ['"open', 'a "b"c', "k=“open", '"ends\\"'])
def test_broken_quotes_are_a_fault_of_that_command_only(rest: str) -> None:
    broken, whole = parse(f"/label {rest}\n/help", known=KNOWN)
    assert broken.misuse is not None
    assert broken.misuse.fault is Fault.QUOTES
    assert whole == Invocation("help", line=2)


def test_an_option_given_twice_is_a_fault() -> None:
    [found] = parse("/label a=1 A=2", known=KNOWN)
    assert found.misuse is not None
    assert found.misuse.fault is Fault.REPEATED_OPTION


def test_too_many_commands_come_back_as_one_refusal() -> None:
    assert len(parse("/help\n" * COMMANDS_PER_COMMENT, known=KNOWN)) == COMMANDS_PER_COMMENT
    [refused] = parse("/help\n" * (COMMANDS_PER_COMMENT + 1), known=KNOWN)
    assert refused.misuse is not None
    assert refused.misuse.fault is Fault.TOO_MANY_COMMANDS


def test_a_huge_comment_of_commands_gets_one_refusal() -> None:
    [refused] = parse("/label a\n" * 10_000 + "x" * 10_000, known=KNOWN)
    assert refused.misuse is not None
    assert parse("/unknown\n" * 10_000, known=KNOWN) == ()


def test_an_edit_runs_only_what_it_added() -> None:
    before = "/label bug\n/help"
    assert new_invocations(None, before, known=KNOWN) == parse(before, known=KNOWN)
    assert new_invocations(before, "text\n\n/help\n\n/label   bug", known=KNOWN) == ()
    [added] = new_invocations(before, "/label bug\n/label docs\n/help", known=KNOWN)
    assert added.arguments == ("docs",)
    assert len(new_invocations(before, before + "\n/help", known=KNOWN)) == 1


def test_an_edit_that_mends_a_command_runs_it() -> None:
    [mended] = new_invocations('/label "bug', '/label "bug"', known=KNOWN)
    assert mended.arguments == ("bug",)


def test_a_refused_comment_cut_short_runs_what_is_left() -> None:
    assert len(new_invocations("/help\n" * 50, "/help", known=KNOWN)) == 1
    assert new_invocations("/help\n" * 50, "/help\n" * 51, known=KNOWN) == ()


marks = st.sampled_from(
    [
        "/help",
        "@giveback help",
        "`",
        "```",
        "<!--",
        "-->",
        "<a b='",
        '"',
        "“",
        "> ",
        "- ",
        "    ",
        "![",
        "---",
    ]
) | st.sampled_from("|\n\t\r\0\x0c[]()\\= ")
markdown = st.lists(marks | st.text(max_size=5), max_size=40).map("".join)


@given(st.text() | markdown)
def test_any_text_is_read_without_an_exception_and_always_alike(body: str) -> None:
    assert parse(body, known=KNOWN) == parse(body, known=KNOWN)


@given(markdown)
def test_the_line_of_a_command_holds_its_name(body: str) -> None:
    lines = re.split("\r\n|\r|\n", body)
    for found in parse(body, known=KNOWN):
        if found.misuse is None or found.misuse.fault is not Fault.TOO_MANY_COMMANDS:
            assert found.name in lines[found.line - 1].lower()


inert = st.text(st.characters(exclude_characters="`~\r\n\0", exclude_categories=["Cs"]), max_size=20)


@given(st.lists(inert, max_size=5), st.sampled_from(["/help", "@giveback help me"]))
def test_code_quotes_and_html_never_run(lines: list[str], command: str) -> None:
    inside = "\n".join([*lines, command])
    assert parse(f"```\n{inside}\n```", known=KNOWN) == ()
    assert parse("\n".join(f"> {line}" for line in inside.split("\n")), known=KNOWN) == ()
    assert parse("\n".join(f"    {line}" for line in inside.split("\n")), known=KNOWN) == ()
    commented = inside.replace("--", "")
    assert parse(f"<!--\n{commented}\n-->", known=KNOWN) == ()
    assert parse(f"a <!-- b\n{command}\n-->", known=KNOWN) == ()


value = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=30).filter(
    lambda text: "<!--" not in text
)


@given(
    st.lists(value, max_size=4),
    st.dictionaries(st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True), value, max_size=3),
)
def test_what_is_written_is_read_back(arguments: list[str], options: dict[str, str]) -> None:
    invocation = Invocation("label", tuple(arguments), options)
    assert parse(invocation.text(), known=KNOWN) == (invocation,)


def test_a_value_with_a_line_break_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="line break"):
        Invocation("label", ("a\nb",)).text()

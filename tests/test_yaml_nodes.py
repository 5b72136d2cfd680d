"""Short and long documents are composed by two libraries, and nobody may notice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot import yaml_nodes
from bot.documents import MAX_BYTES, DocumentError, parse_mapping
from bot.yaml_nodes import HAND_WRITTEN

CARDS = sorted((Path(__file__).parent / "cards/corpus").glob("*.md"))
PLAIN = (
    *("no", "yes", "on", "True", "~", "null", "", "0o17", "017", "0x1F", "1_000", "1:30", "08", "-1", "1e3"),
    *("+.inf", ".NaN", "1.5", ".5", "2020-01-01", "2020-01-01T10:00:00Z", "a: b", "a #b", "ü", "日本"),
    *("'", '"', "-", "?", "#", "<"),
)
VALUE = st.recursive(
    st.sampled_from(PLAIN) | st.text(max_size=12) | st.integers() | st.floats() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(PLAIN), inner, max_size=4),
    max_leaves=12,
)
LONG = "\n" + "# a comment that makes a document long\n" * (HAND_WRITTEN // 38)


def told(text: str) -> Any:
    """Give what a document says and where, or that it says nothing."""
    try:
        data, positions = parse_mapping(text)
    except DocumentError:
        return None
    return repr(data), positions


@given(st.dictionaries(st.sampled_from(PLAIN), VALUE, max_size=6), st.booleans(), st.booleans())
def test_a_long_document_says_what_a_short_one_says(
    data: dict[str, Any], is_flow: bool, is_plain: bool
) -> None:
    text = yaml.safe_dump(data, default_flow_style=is_flow, allow_unicode=is_plain, sort_keys=False)
    assert told(text + LONG) == told(text)


@pytest.mark.parametrize(
    "text",
    [
        *(f"a: {plain}\nb: [{plain}]" for plain in PLAIN if plain),
        "a: &x {b: 1}\nc: *x",
        "a: |\n  two\n  lines\nb: >-\n  folded\n\n  text",
        "? a\n: b",
        "a:\n- b\n-   c: d\n    e: f",
        "a: !!str 1\nb: !thing 2",
        '{"a":1, b: "\\u00e9\\t"}',
        "a: 1\n<<: {b: 2}",
        "a: 1\na: 2",
        "- a",
    ],
)
def test_what_stands_without_quotes_means_the_same_in_both(text: str) -> None:
    assert told(text + LONG) == told(text)


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_the_metadata_of_a_card_does_too(path: Path) -> None:
    metadata = path.read_text("utf-8-sig").partition("---\n")[2].partition("\n---")[0]
    assert told(metadata + LONG) == told(metadata)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1, 2", "not valid YAML"),
        ("a: *b", "undefined alias"),
        ("a: 1\n---\nb: 2", "a second document starts here"),
        ("a: " + "[" * 100, "nested more than 32 levels deep"),
        ("a: \x00", "not allowed in YAML"),
    ],
)
def test_a_mistake_in_a_long_document_is_told_with_its_line(text: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        parse_mapping(LONG + text)
    assert caught.value.problems[0].line > LONG.count("\n")


@pytest.mark.parametrize(
    "hostile",
    [
        "a: [" + ",".join("1" * (HAND_WRITTEN // 2)) + "]",
        "{" + "a: {}," * (HAND_WRITTEN // 5) + "}",
        "a: &a [1, 1]\nb: [" + "*a," * (HAND_WRITTEN // 3) + "]",
    ],
    ids=lambda text: text[:12],
)
def test_what_is_longer_than_people_write_never_reaches_the_slow_parser(
    hostile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It takes six to ten times as long as libyaml: up to sixteen seconds for the longest that is read.
    monkeypatch.setattr(yaml_nodes, "YAML", lambda **_: pytest.fail("the slow parser was asked"))
    told(hostile)
    with pytest.raises(pytest.fail.Exception):
        told(hostile[:HAND_WRITTEN])


def test_what_is_longer_than_anything_that_is_read_is_refused_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_nodes, "compose", lambda *_: pytest.fail("it was read"))
    with pytest.raises(DocumentError, match="larger than 256 KiB"):
        parse_mapping("a: " + "x" * MAX_BYTES)

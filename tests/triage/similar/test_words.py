from __future__ import annotations

import pytest

from bot.triage.similar.words import BODY_TERMS, stem, words_of
from tests.triage.similar.issues import issue


def test_an_identifier_is_kept_whole_and_in_parts() -> None:
    title = words_of(issue(1, "testReadAheadCounters in fs.s3a.HTTPServer2")).title
    assert {
        "testreadaheadcounters",
        "read",
        "ahead",
        "counter",
        "fs.s3a.httpserver2",
        "http",
        "server",
    } <= set(title)


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("crashes", "crash"),
        ("crashed", "crash"),
        ("libraries", "library"),
        ("stopping", "stop"),
        ("cache", "caching"),
    ],
)
def test_forms_of_a_word_meet(word: str, other: str) -> None:
    assert stem(word) == stem(other)


@pytest.mark.parametrize(
    ("word", "other"), [("import", "importance"), ("class", "clas"), ("status", "statu")]
)
def test_other_words_stay_apart(word: str, other: str) -> None:
    assert stem(word) != stem(other)


def test_a_templates_hidden_instructions_are_left_out() -> None:
    assert set(words_of(issue(1, "", "seen <!-- hidden --> too <!-- open")).body) == {"seen", "too"}


def test_words_that_say_nothing_are_left_out() -> None:
    assert not words_of(issue(1, "it is what we do with you")).title


def test_a_long_body_is_read_to_its_limit() -> None:
    assert words_of(issue(1, "", "word " * 10_000)).body.total() == BODY_TERMS

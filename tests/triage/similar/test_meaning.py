from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.triage.similar.index import SHOWN, EmbeddingError, SimilarIndex
from tests.triage.similar.issues import backlog, issue

TOPICS = (("crash", "segfault", "abort"), ("slow", "latency", "sluggish"), ("docs", "guide", "manual"))


def by_topic(text: str) -> list[float]:
    """Embed a text by which of three topics it is about, in whichever words."""
    return [float(sum(word in text.lower() for word in topic)) for topic in TOPICS]


def test_issues_that_share_no_word_are_found_by_their_meaning(tmp_path: Path) -> None:
    with SimilarIndex.open(tmp_path / "index.sqlite", embedding=by_topic) as index:
        index.add_all(
            [
                issue(1, "Sluggish decoding"),
                issue(2, "Abort in the kernel"),
                issue(3, "Manual is out of date"),
            ]
        )
        (match, *_) = index.similar(issue(9, "High latency"))
        assert match.number == 1
        assert "close in meaning" in match.why


def test_words_and_meaning_count_one_half_each(tmp_path: Path) -> None:
    with SimilarIndex.open(tmp_path / "index.sqlite", embedding=by_topic) as index:
        index.add(issue(1, "Sluggish decoding"))
        only_meaning = index.similar(issue(2, "High latency", created_at=issue(1).created_at))[0]
        assert only_meaning.score == pytest.approx(0.5, abs=0.01)


def test_what_words_do_not_bear_out_is_not_shown(tmp_path: Path) -> None:
    asked = issue(9, "Decoding of prompts is sluggish", "It takes ten seconds", author="dan")
    with SimilarIndex.open(tmp_path / "index.sqlite", embedding=by_topic) as index:
        index.add(issue(1, "Sluggish decoding of long prompts", "Our users wait for minutes", author="eve"))
        (match,) = index.similar(asked)
        assert match.score >= SHOWN
        assert not match.shown
        assert match.why[-1] == "not shown: close in meaning alone"
        index.add(issue(2, asked.title, asked.body, author="fay"))
        assert index.similar(asked)[0].shown


def test_issues_added_without_an_embedding_are_scored_by_their_words(tmp_path: Path) -> None:
    file = tmp_path / "index.sqlite"
    with SimilarIndex.open(file) as index:
        index.add_all(backlog())
        plain = index.similar(issue(20, "Learning rate is lost on resume"))
    with SimilarIndex.open(file, embedding=by_topic) as index:
        assert index.similar(issue(20, "Learning rate is lost on resume")) == plain


def test_an_index_with_vectors_works_without_the_embedding(tmp_path: Path) -> None:
    file = tmp_path / "index.sqlite"
    with SimilarIndex.open(file, embedding=by_topic) as index:
        index.add_all(backlog())
    with SimilarIndex.open(file) as index:
        assert index.similar(issue(20, "Learning rate is lost on resume"))[0].number == 3


def test_vectors_written_edited_and_removed_elsewhere_are_noticed(tmp_path: Path) -> None:
    file, asked = tmp_path / "index.sqlite", issue(9, "High latency")
    with (
        SimilarIndex.open(file, embedding=by_topic) as one,
        SimilarIndex.open(file, embedding=by_topic) as other,
    ):
        assert one.similar(asked) == ()
        other.add(issue(1, "Sluggish decoding"))
        assert one.similar(asked)[0].number == 1
        other.add(issue(1, "Abort in the kernel"))
        assert one.similar(asked) == ()
        other.add_all([issue(number, "Sluggish decoding") for number in range(2, 6)])
        assert {match.number for match in one.similar(asked)} == {2, 3, 4, 5}
        other.remove(2)
        assert {match.number for match in one.similar(asked)} == {3, 4, 5}


def test_an_embedding_that_gives_nothing_of_use_is_done_without(tmp_path: Path) -> None:
    with SimilarIndex.open(tmp_path / "index.sqlite", embedding=lambda _: np.full(3, np.nan)) as index:
        index.add_all(backlog())
        assert index.similar(issue(20, "Learning rate is lost on resume"))[0].number == 3


def test_another_embedding_than_the_one_stored_is_told(tmp_path: Path) -> None:
    file = tmp_path / "index.sqlite"
    with SimilarIndex.open(file, embedding=by_topic) as index:
        index.add(issue(1, "Sluggish decoding"))
    with (
        SimilarIndex.open(file, embedding=lambda _: [1.0, 1.0]) as index,
        pytest.raises(EmbeddingError, match="vectors of 3 numbers and the embedding gives 2"),
    ):
        index.similar(issue(9, "High latency"))

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.triage.similar.index import IndexFormatError, SimilarIndex
from tests.triage.similar.issues import backlog, issue

AGAIN = issue(
    20, "Segmentation fault loading sharded checkpoints from a network drive", "safetensors, NFS, mmap."
)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SimilarIndex]:
    with SimilarIndex.open(tmp_path / "index.sqlite") as opened:
        opened.add_all(backlog())
        yield opened


def test_an_issue_told_in_other_words_is_found_first(index: SimilarIndex) -> None:
    assert index.similar(AGAIN)[0].number == 2


def test_the_same_issue_opened_twice_is_shown(index: SimilarIndex) -> None:
    (match, *_) = index.similar(backlog()[3].model_copy(update={"number": 21}))
    assert (match.number, match.shown) == (4, True)
    assert match.score > 0.9
    assert "the same title" in match.why


def test_a_match_says_what_the_two_share(index: SimilarIndex) -> None:
    (match, *_) = index.similar(AGAIN)
    assert any("network" in reason for reason in match.why)
    assert any("safetensors" in reason for reason in match.why)


def test_identifiers_meet_their_parts_and_other_spellings(index: SimilarIndex) -> None:
    assert index.similar(issue(20, "LrScheduler state lost on resume"))[0].number == 3


def test_an_issue_that_is_like_nothing_has_no_matches(index: SimilarIndex) -> None:
    assert index.similar(issue(20, "Zirconium", "xylophone")) == ()


def test_scores_are_shares_and_the_best_comes_first(index: SimilarIndex) -> None:
    scores = [match.score for match in index.similar(AGAIN, limit=50)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


def test_no_more_matches_are_given_than_asked_for(index: SimilarIndex) -> None:
    general = issue(20, "checkpoint training attention dataset export", "epoch mask graph login loss newline")
    assert len(index.similar(general, limit=2)) == 2
    assert index.similar(general, limit=0) == ()


def test_only_issues_before_the_one_asked_about_match_when_so_asked(index: SimilarIndex) -> None:
    assert 2 not in {match.number for match in index.similar(AGAIN, earlier_than=2)}


def test_an_issue_is_never_its_own_match(index: SimilarIndex) -> None:
    assert 4 not in {match.number for match in index.similar(backlog()[3])}


def test_closed_issues_match_too(index: SimilarIndex) -> None:
    index.add(issue(9, "Weights are tied twice after resizing embeddings", state="closed"))
    assert index.similar(issue(20, "Resizing embeddings ties the weights twice"))[0].number == 9


def test_pull_requests_neither_match_nor_are_matched(index: SimilarIndex) -> None:
    request = backlog()[1].model_copy(update={"number": 30, "pull_request": {"url": "x"}})
    index.add(request)
    assert 30 not in index
    assert index.similar(request) == ()


def test_an_issue_turned_out_to_be_a_pull_request_leaves_the_index(index: SimilarIndex) -> None:
    index.add(backlog()[1].model_copy(update={"pull_request": {}}))
    assert 2 not in index


def test_adding_the_same_issue_again_changes_nothing(index: SimilarIndex) -> None:
    before = index.similar(AGAIN, limit=50)
    for one in backlog() * 3:
        index.add(one)
    assert len(index) == 8
    assert index.similar(AGAIN, limit=50) == before


def test_an_edited_issue_is_found_by_its_new_words_only(index: SimilarIndex) -> None:
    index.add(issue(2, "Wheel for aarch64 is missing on the package index", "pip finds no distribution."))
    assert 2 not in {match.number for match in index.similar(AGAIN)}
    assert index.similar(issue(20, "No aarch64 wheel"))[0].number == 2
    assert len(index) == 8


def test_a_removed_issue_is_not_found_and_may_come_back(index: SimilarIndex) -> None:
    index.remove(2)
    index.remove(2)
    assert len(index) == 7
    assert 2 not in {match.number for match in index.similar(AGAIN)}
    index.add(backlog()[1])
    assert index.similar(AGAIN)[0].number == 2


def test_a_match_names_the_fix_and_its_release(index: SimilarIndex) -> None:
    index.link(2, fixed_by=44)
    index.link(2, released_in="v4.58.0")
    index.add(backlog()[1])
    match = index.similar(AGAIN)[0]
    assert (match.fixed_by, match.released_in) == (44, "v4.58.0")


def test_the_same_failure_raises_the_score_and_is_said(index: SimilarIndex) -> None:
    index.add(backlog()[1], fingerprint="f1")
    without, same = index.similar(AGAIN)[0], index.similar(AGAIN, fingerprint="f1")[0]
    assert same.score > without.score
    assert "the same error" in same.why


def test_the_same_failure_is_found_when_no_word_is_shared(index: SimilarIndex) -> None:
    index.add(issue(9, "Zirconium", "xylophone"), fingerprint="f2")
    assert [match.number for match in index.similar(issue(20, "Cobalt", "bassoon"), fingerprint="f2")] == [9]


def test_a_failure_everybody_has_says_nothing(index: SimilarIndex) -> None:
    index.add_all([issue(number, f"word{number}") for number in range(100, 130)], lambda _: "common")
    found = index.similar(AGAIN, limit=50, fingerprint="common")
    assert not any("the same error" in match.why for match in found)


def test_an_issue_opened_lately_is_preferred_to_one_just_like_it_from_long_ago(index: SimilarIndex) -> None:
    index.add(issue(9, "Quantised LoRA merge loses precision"))
    index.add(issue(900, "Quantised LoRA merge loses precision"))
    found = index.similar(issue(901, "Quantised LoRA merge loses precision"))
    assert [match.number for match in found[:2]] == [900, 9]


@pytest.mark.parametrize("number", [0, -1, 2**80])
def test_what_is_no_number_of_an_issue_is_refused_or_just_not_there(index: SimilarIndex, number: int) -> None:
    with pytest.raises(ValueError, match="is no number of an issue"):
        index.add(issue(1).model_copy(update={"number": number}))
    with pytest.raises(ValueError, match="are not"):
        index.link(number)
    index.remove(number)
    assert number not in index
    assert index.similar(AGAIN.model_copy(update={"number": number}))[0].number == 2


def test_an_index_is_as_it_was_when_opened_again(tmp_path: Path) -> None:
    with SimilarIndex.open(tmp_path / "index.sqlite") as index:
        index.add_all(backlog())
        before = index.similar(AGAIN)
    with SimilarIndex.open(tmp_path / "index.sqlite") as index:
        assert index.similar(AGAIN) == before


def test_an_index_that_grows_forgets_no_issue_and_counts_its_terms_anew(index: SimilarIndex) -> None:
    index.add_all(issue(number, f"Noise about subject{number}", "padding batch") for number in range(50, 600))
    assert len(index) == 558
    assert index.similar(AGAIN)[0].number == 2


def test_an_empty_index_answers_nothing(tmp_path: Path) -> None:
    with SimilarIndex.open(tmp_path / "index.sqlite") as index:
        assert index.similar(AGAIN) == ()
        assert index.similar(issue(1)) == ()


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite"
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(IndexFormatError, match=r"other\.sqlite"):
        SimilarIndex.open(file)


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "text.sqlite"
    file.write_text("These are words, and many of them, but no database at all. " * 50)
    with pytest.raises(IndexFormatError, match=r"text\.sqlite is no index"):
        SimilarIndex.open(file)

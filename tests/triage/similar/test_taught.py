from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.triage.similar.index import SimilarIndex
from tests.triage.similar.issues import backlog, issue

AGAIN = issue(
    20, "Segmentation fault loading sharded checkpoints from a network drive", "safetensors, NFS, mmap."
)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SimilarIndex]:
    with SimilarIndex.open(tmp_path / "index.sqlite") as opened:
        opened.add_all(backlog())
        yield opened


def test_a_pair_said_to_differ_is_never_matched_again(index: SimilarIndex) -> None:
    index.teach(2, 20, same=False)
    index.add(backlog()[1])
    assert 2 not in {match.number for match in index.similar(AGAIN, limit=50)}


def test_other_issues_still_match_what_one_was_said_to_differ_from(index: SimilarIndex) -> None:
    index.teach(2, 20, same=False)
    assert index.similar(AGAIN.model_copy(update={"number": 21}))[0].number == 2


def test_a_pair_said_to_be_the_same_is_shown_first_though_no_word_is_shared(index: SimilarIndex) -> None:
    index.teach(20, 6, same=True)
    match = index.similar(AGAIN)[0]
    assert (match.number, match.shown, match.score) == (6, True, 1.0)
    assert "a person said so" in match.why


def test_what_is_the_same_as_the_same_is_shown_too_the_oldest_first(index: SimilarIndex) -> None:
    index.teach(20, 6, same=True)
    index.teach(5, 6, same=True)
    assert [match.number for match in index.similar(AGAIN)[:2]] == [5, 6]


def test_the_last_word_counts(index: SimilarIndex) -> None:
    index.teach(20, 2, same=True)
    index.teach(2, 20, same=False)
    assert 2 not in {match.number for match in index.similar(AGAIN)}
    index.teach(20, 2, same=True)
    assert index.similar(AGAIN)[0].shown


def test_the_original_of_a_known_duplicate_is_preferred_to_the_duplicate(index: SimilarIndex) -> None:
    index.add(issue(10, "Loading crashes on NFS", "mmap of a sharded checkpoint from a network drive"))
    index.teach(10, 1, same=True)
    index.remove(2)
    first, second = index.similar(AGAIN)[:2]
    assert (first.number, second.number) == (1, 10)
    assert first.score == second.score
    assert "#10 was called the same as it" in first.why


def test_marks_of_the_history_lead_to_the_original(index: SimilarIndex) -> None:
    index.remove(2)
    index.add(issue(10, "Loading crashes on NFS", "mmap of a sharded checkpoint", duplicate_of=(1,)))
    assert index.similar(AGAIN)[0].number == 1


def test_an_issues_own_marks_are_not_looked_at(index: SimilarIndex) -> None:
    marked = AGAIN.model_copy(update={"duplicate_of": (6,)})
    index.add(marked)
    assert 6 not in {match.number for match in index.similar(marked)}


def test_marks_made_later_are_not_looked_at_when_only_earlier_issues_count(index: SimilarIndex) -> None:
    index.add(issue(30, duplicate_of=(2, 6)))
    assert index.similar(AGAIN, earlier_than=20)[0].number == 2
    assert 6 not in {match.number for match in index.similar(AGAIN, earlier_than=20)}


def test_a_mark_a_person_contradicts_is_not_followed(index: SimilarIndex) -> None:
    index.add(issue(10, "Loading crashes on NFS", "mmap of a sharded checkpoint", duplicate_of=(6,)))
    index.teach(6, 10, same=False)
    assert 6 not in {match.number for match in index.similar(AGAIN)}


def test_what_was_taught_is_kept_when_an_issue_goes_and_comes_back(index: SimilarIndex) -> None:
    index.teach(20, 6, same=True)
    index.remove(6)
    assert not any(match.shown for match in index.similar(AGAIN) if match.number == 6)
    index.add(backlog()[5])
    assert index.similar(AGAIN)[0].number == 6


def test_a_ring_of_duplicates_is_followed_once_round(index: SimilarIndex) -> None:
    for one, other in ((20, 1), (1, 3), (3, 20)):
        index.teach(one, other, same=True)
    assert {match.number for match in index.similar(AGAIN) if match.shown} == {1, 3}


def test_a_family_of_thousands_is_followed_within_bounds(index: SimilarIndex) -> None:
    index.add_all(issue(number, "spam", duplicate_of=(6,)) for number in range(1_000, 3_000))
    index.teach(20, 6, same=True)
    assert len(index.similar(AGAIN, limit=50)) == 50


@pytest.mark.parametrize(("one", "other"), [(4, 4), (0, 4), (4, 2**80)])
def test_what_are_not_two_issues_cannot_be_taught(index: SimilarIndex, one: int, other: int) -> None:
    with pytest.raises(ValueError, match="are not two issues"):
        index.teach(one, other, same=True)

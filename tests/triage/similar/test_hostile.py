from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.triage.history import PastIssue
from bot.triage.similar.index import SimilarIndex
from tests.triage.similar.issues import backlog

ATTACKS = [
    '"',
    '" OR 1 --',
    "NEAR(a b, 5)",
    "title : x",
    "* AND NOT",
    "'); DROP TABLE issues; --",
    "a\x00b",
    "\ud800 alone",
    "^{-}+()",
    "ﬃ İstanbul ß",
    "モデルの読み込みが失敗する",
    "<!--" * 10,
    "​",
]

_TEXT = st.one_of(
    st.text(), st.sampled_from(ATTACKS), st.text(alphabet='"*^():-+ANDORNEAR \x00', max_size=60)
)
_TEXT_AND_SURROGATES = st.one_of(_TEXT, st.text(st.characters(categories=["Cs", "L"]), max_size=20))


def unchecked(number: int, title: str, body: str) -> PastIssue:
    """Make an issue with text that validation would refuse, such as lone surrogates."""
    return PastIssue(number=number).model_copy(update={"title": title, "body": body, "author": title[:9]})


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimilarIndex]:
    with SimilarIndex.open(tmp_path_factory.mktemp("index") / "index.sqlite") as opened:
        opened.add_all(backlog())
        yield opened


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=_TEXT_AND_SURROGATES, body=_TEXT_AND_SURROGATES, fingerprint=_TEXT_AND_SURROGATES)
def test_any_text_can_be_added_asked_about_and_removed(
    index: SimilarIndex, title: str, body: str, fingerprint: str
) -> None:
    strange = unchecked(70, title, body)
    index.add(strange, fingerprint)
    found = index.similar(unchecked(71, title, body), fingerprint=fingerprint)
    assert all(0 <= match.score <= 1 for match in found)
    index.remove(70)
    assert len(index) == 8


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_rest_of_the_index_is_untouched_by_strange_text(index: SimilarIndex, attack: str) -> None:
    index.add(unchecked(70, attack, attack))
    index.similar(unchecked(71, attack, attack))
    index.remove(70)
    assert index.similar(unchecked(71, backlog()[0].title, attack))[0].number == 1


def test_text_in_scripts_without_spaces_is_matched_by_its_characters(index: SimilarIndex) -> None:
    index.add(unchecked(72, "モデルの読み込みが失敗する", ""))
    found = index.similar(unchecked(73, "大きなモデルの読み込み", ""))
    index.remove(72)
    assert found[0].number == 72


@pytest.mark.parametrize(
    "body",
    ["a" * 1_000_000, "<!--" * 250_000, "x_" * 500_000, "Ab" * 500_000, "é" * 1_000_000, "1.2-" * 250_000],
)
def test_a_body_of_a_megabyte_is_read_in_part(index: SimilarIndex, body: str) -> None:
    index.add(unchecked(74, body, body), body)
    index.similar(unchecked(75, body, body), fingerprint=body)
    index.remove(74)


def test_reasons_are_few_and_short_whatever_is_shared(index: SimilarIndex) -> None:
    text = " ".join(f"w{'o' * 55}{number}" for number in range(300))
    index.add(unchecked(76, text, text))
    (match, *_) = index.similar(unchecked(77, text, text))
    index.remove(76)
    assert sum(map(len, match.why)) < 600

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from bot.triage.embedding import IssueVectors, Vector, vector_of
from bot.triage.history import PastIssue
from bot.triage.kept_vectors import KeptVectorsError, read_vectors, write_vectors
from bot.triage.learning import ModelFileError
from bot.triage.learning.files import from_bytes, to_bytes
from bot.triage.learning.judge import evaluate
from bot.triage.learning.learn import learn
from bot.triage.learning.meaning import planes, stacked
from bot.triage.learning.model import Model, predict
from tests.triage.learning.histories import NAMES, history, issue

DIRECTIONS = np.eye(8)


def means(one: PastIssue) -> Vector | None:
    """Point where people's label is, as if a model had understood the text; nothing for an empty one."""
    chance = np.random.default_rng(one.number)
    if not one.title:
        return None
    place = next((at for at, name in enumerate(NAMES) if name in (*one.labels, one.author)), 5)
    vector = (DIRECTIONS[place] + chance.normal(size=8) * 0.2).astype(np.float32)
    return np.asarray(vector / np.linalg.norm(vector))


NUMBERS = BytesIO()
np.save(NUMBERS, DIRECTIONS)

VECTORS = IssueVectors("tiny", means)


@pytest.fixture(scope="module")
def chaos() -> list[PastIssue]:
    """Give issues whose words say nothing of their labels."""
    return [issue(one.number, f"Thing {one.number}", "", one.labels) for one in history(240)]


@pytest.fixture(scope="module")
def meant(chaos: list[PastIssue]) -> Model:
    return learn(chaos, vectors=VECTORS)


def asked(kind: str) -> PastIssue:
    return issue(9_001, "Some thing").model_copy(update={"author": kind})


def test_types_are_told_by_meaning_where_words_say_nothing(meant: Model) -> None:
    said = {kind: predict(meant, asked(kind), VECTORS) for kind in NAMES}
    assert [said[kind].type for kind in NAMES] == ["bug", "feature", "question"]
    assert all(one.type_sure and one.type_score > 0.9 for one in said.values())
    assert [label.name for label in said["question"].labels if label.applied] == ["question"]


def test_without_the_sentence_model_words_alone_decide(meant: Model, chaos: list[PastIssue]) -> None:
    by_words = learn(chaos)
    for vectors in (None, IssueVectors("another", means), IssueVectors("tiny", lambda _: None)):
        assert predict(meant, asked("bug"), vectors) == predict(by_words, asked("bug"))
    assert (meant.labels, meant.type_threshold) == (by_words.labels, by_words.type_threshold)


def test_the_thresholds_in_use_are_those_found_with_meaning(meant: Model) -> None:
    assert all(label.threshold.score is None for label in meant.labels if label.type)
    assert all(label.threshold.score is not None for label in meant.with_meaning().labels if label.type)


def test_a_model_learned_with_meaning_is_kept_whole(meant: Model) -> None:
    again = from_bytes(to_bytes(meant))
    assert predict(again, asked("bug"), VECTORS) == predict(meant, asked("bug"), VECTORS)
    assert predict(again, asked("bug")) == predict(meant, asked("bug"))
    assert to_bytes(again) == to_bytes(meant)


def test_one_learned_without_is_a_file_that_older_versions_read(model: Model) -> None:
    with zipfile.ZipFile(BytesIO(to_bytes(model))) as packed:
        assert b"meaning" not in packed.read("model.json")
        assert b'"version": 1' in packed.read("model.json")


@pytest.mark.parametrize(
    ("old", "new"), [(b'"numbers": 8', b'"numbers": 7'), (b'"version": 2', b'"version": 1')]
)
def test_a_file_that_does_not_fit_itself_is_refused(meant: Model, old: bytes, new: bytes) -> None:
    with zipfile.ZipFile(BytesIO(to_bytes(meant))) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    assert old in members["model.json"]
    members["model.json"] = members["model.json"].replace(old, new)
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    with pytest.raises(ModelFileError, match="learn the model again"):
        from_bytes(file.getvalue())


def test_a_vector_of_another_length_is_passed_over(meant: Model) -> None:
    short = IssueVectors("tiny", lambda _: np.ones(3, dtype=np.float32))
    assert predict(meant, asked("bug"), short) == predict(meant, asked("bug"))


def test_issues_without_a_vector_teach_by_their_words_alone(chaos: list[PastIssue]) -> None:
    some = IssueVectors("tiny", lambda one: means(one) if one.number % 3 else None)
    assert predict(learn(chaos, vectors=some), asked("enhancement"), some).type == "feature"
    assert learn(chaos, vectors=IssueVectors("tiny", lambda _: None)).meaning is None


def test_a_short_history_is_learned_by_words_alone(chaos: list[PastIssue]) -> None:
    assert learn(chaos[:45], vectors=VECTORS).meaning is None


def test_what_would_have_happened_counts_meaning_too(chaos: list[PastIssue]) -> None:
    with_meaning, without = evaluate(chaos, vectors=VECTORS), evaluate(chaos)
    assert (with_meaning.type_f1 or 0) > 0.9 > (without.type_f1 or 0)


def test_a_repository_means_by_a_vector_what_its_own_people_do() -> None:
    rows = stacked([DIRECTIONS[0].astype(np.float32), DIRECTIONS[1].astype(np.float32)] * 60)
    assert rows is not None
    own = np.arange(120) < 40
    first = np.tile([True, False], 60)
    types = np.stack([first ^ ~own, ~first ^ ~own], axis=1)  # the others say the opposite
    weights, offsets = planes(rows, own, types, np.ones(120, dtype=bool))
    assert (rows[:2] @ weights + offsets).argmax(axis=1).tolist() == [0, 1]


def test_rows_that_are_not_counted_teach_nothing() -> None:
    rows = stacked([DIRECTIONS[0].astype(np.float32)])
    assert rows is not None
    nothing = np.zeros(1, dtype=bool)
    weights, offsets = planes(rows, ~nothing, np.ones((1, 2), dtype=bool), nothing)
    assert not weights.any()
    assert not offsets.any()


def test_vectors_are_handed_over_by_the_text_of_their_issue(tmp_path: Path) -> None:
    one, other = issue(1, "Crash", "It fails.", ["bug"]), issue(1, "Crash", "Elsewhere")
    write_vectors(tmp_path / "vectors", "tiny", [(one, DIRECTIONS[2].astype(np.float32))])
    again = read_vectors(tmp_path / "vectors")
    found = again.of(one.model_copy(update={"number": 7}))
    assert again.name == "tiny"
    assert found is not None
    np.testing.assert_array_equal(found, DIRECTIONS[2])
    assert again.of(other) is None


def test_no_vectors_at_all_are_handed_over_too(tmp_path: Path) -> None:
    write_vectors(tmp_path / "vectors", "tiny", [])
    assert read_vectors(tmp_path / "vectors").of(issue(1, "Crash")) is None


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 broken", NUMBERS.getvalue()])
def test_a_file_of_something_else_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "vectors").write_bytes(content)
    with pytest.raises(KeptVectorsError, match="holds no vectors"):
        read_vectors(tmp_path / "vectors")


@pytest.mark.parametrize("answer", [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_an_embedding_that_says_nothing_gives_no_vector(answer: list[float]) -> None:
    assert vector_of(issue(1, "Crash"), lambda _: answer) is None

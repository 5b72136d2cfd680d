from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session

from bot import histories, judged, memory, threads
from bot.actions import Remember
from bot.events import Thread
from bot.knowledge import OVERLAP, TAUGHT, TO_EMBED_AT_ONCE, Knowledge, sentence_model_in
from bot.triage.history import PastIssue
from tests.triage.similar.test_sentence_model import TINY

HERE = Thread("octo/models", 0, 11)

CRASH = "CUDA error: device-side assert triggered when the tokenizer of bert-base is resized"


@pytest.fixture
def knowledge(database: Engine, tmp_path: Path) -> Iterator[Knowledge]:
    made = Knowledge(database, tmp_path / "knowledge")
    yield made
    made.close()


def keep(database: Engine, *issues: PastIssue) -> None:
    with Session(database) as session:
        histories.keep(session, HERE.home, issues)
        session.commit()


def issue(number: int, title: str, body: str = "", *labels: str) -> PastIssue:
    return PastIssue(number=number, title=title, body=body, labels=labels)


def found(knowledge: Knowledge, about: PastIssue) -> list[int]:
    return [match.number for match in knowledge.similar(HERE, about)]


def test_an_issue_finds_an_earlier_one_like_it_and_none_that_came_later(
    database: Engine, knowledge: Knowledge
) -> None:
    keep(database, issue(1, "Add a dark theme to the docs"), issue(2, CRASH), issue(9, CRASH))
    assert found(knowledge, issue(5, CRASH))[:1] == [2]
    assert 9 not in found(knowledge, issue(5, CRASH))


def test_what_happens_to_issues_is_followed(database: Engine, knowledge: Knowledge) -> None:
    keep(database, issue(1, "Add a dark theme to the docs"), issue(2, CRASH))
    assert 2 in found(knowledge, issue(5, CRASH))
    with Session(database) as session:
        histories.drop(session, HERE.home, 2)
        session.commit()
    keep(database, issue(3, CRASH))
    assert found(knowledge, issue(5, CRASH))[:1] == [3]
    assert 2 not in found(knowledge, issue(5, CRASH))


def test_two_workers_with_files_of_their_own_find_the_same(
    database: Engine, knowledge: Knowledge, tmp_path: Path
) -> None:
    keep(database, issue(1, "Add a dark theme to the docs"), issue(2, CRASH))
    other = Knowledge(database, tmp_path / "another worker")
    assert found(other, issue(5, CRASH)) == found(knowledge, issue(5, CRASH))
    other.close()


def test_what_was_taken_over_is_not_read_again_not_even_after_a_restart(
    database: Engine, knowledge: Knowledge, tmp_path: Path
) -> None:
    keep(database, issue(1, "Add a dark theme to the docs"), issue(2, CRASH))
    assert 2 in found(knowledge, issue(5, CRASH))
    long_ago = time.time() - 3 * OVERLAP
    with Session(database) as session:
        session.exec(update(histories.HistoryIssue).values(issue=b"", changed_at=long_ago))
        session.commit()
    again = Knowledge(database, tmp_path / "knowledge")
    for known in (knowledge, again):
        assert 2 in found(known, issue(5, CRASH))
    again.close()


def test_a_pair_that_people_called_different_is_not_found_again(
    database: Engine, knowledge: Knowledge
) -> None:
    keep(database, issue(1, "Add a dark theme to the docs"), issue(2, CRASH))
    said = Remember(thread=HERE, feature=TAUGHT, key="5-2", value={"same": False}, reason="a person said so")
    with Session(database) as session:
        memory.keep(session, said)
        session.commit()
    assert 2 not in found(knowledge, issue(5, CRASH))


def test_a_file_that_is_no_index_is_made_again(
    database: Engine, knowledge: Knowledge, tmp_path: Path
) -> None:
    keep(database, issue(2, CRASH), issue(1, "Add a dark theme to the docs"))
    found(knowledge, issue(5, CRASH))
    knowledge.close()
    (file,) = (path for path in (tmp_path / "knowledge").iterdir() if path.suffix == ".db")
    file.write_bytes(b"not an index, but long enough to be read as one" * 100)
    again = Knowledge(database, tmp_path / "knowledge")
    assert 2 in found(again, issue(5, CRASH))
    again.close()


def test_meaning_counts_once_a_history_was_embedded_and_words_alone_before(
    database: Engine, tmp_path: Path
) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tokenizers")
    others = (issue(number, f"Add theme {number}") for number in range(10, 10 + TO_EMBED_AT_ONCE))
    keep(database, issue(1, "Sluggish decoding"), *others)
    asked = issue(900, "High latency")
    known = Knowledge(database, tmp_path / "knowledge", sentence_model_in(TINY))
    assert found(known, asked) == []
    known.follow(HERE)
    assert found(known, asked)[:1] == [1]
    known.close()
    again = Knowledge(database, tmp_path / "knowledge", sentence_model_in(TINY))
    assert found(again, asked)[:1] == [1]
    again.close()


def test_types_are_learned_and_told_by_meaning_from_the_vectors_of_the_index(
    database: Engine, tmp_path: Path
) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tokenizers")
    topics = {"bug": ("crash", "segfault", "abort"), "question": ("docs", "guide", "manual")}
    issues = [
        issue(at, f"{words[at % 2]} {at}", "", label)
        for label, words in topics.items()
        for at in range(1 + 100 * (label == "question"), 61 + 100 * (label == "question"))
    ]
    keep(database, *issues)
    known = Knowledge(database, tmp_path / "knowledge", sentence_model_in(TINY))
    assert known.learn(HERE) == "learned 2 labels"
    unseen = {kind: issue(900, words[2]) for kind, words in topics.items()}  # words no issue had
    assert {kind: known.predict(HERE, one).type for kind, one in unseen.items()} == {
        "bug": "bug",
        "question": "question",
    }
    without = Knowledge(database, tmp_path / "another worker")
    assert without.predict(HERE, unseen["bug"]).type_score < known.predict(HERE, unseen["bug"]).type_score
    known.close()
    without.close()


def test_without_a_usable_sentence_model_the_reason_is_logged_and_words_decide(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert sentence_model_in(None) is None
    assert caplog.records == []
    assert sentence_model_in(tmp_path) is None
    assert "by their words alone" in caplog.text


def test_rules_alone_speak_where_nothing_was_learned(knowledge: Knowledge) -> None:
    assert knowledge.predict(HERE, issue(1, "[Bug]: it crashes")).type == "bug"


def test_what_was_learned_is_shared_through_the_database(
    database: Engine, knowledge: Knowledge, tmp_path: Path
) -> None:
    bugs = [
        issue(n, f"Crash number {n} in the loader", "Traceback: segfault", "kind: bug")
        for n in range(1, 200, 2)
    ]
    wishes = [issue(n, f"Please add option {n}", "It would be nice", "kind: wish") for n in range(2, 200, 2)]
    keep(database, *bugs, *wishes)
    assert knowledge.learn(HERE).startswith("learned")
    other = Knowledge(database, tmp_path / "another worker")
    labels = {
        label.name: label.score
        for label in other.predict(HERE, issue(500, "Crash in the loader", "segfault")).labels
    }
    assert labels["kind: bug"] > labels.get("kind: wish", 0.0)
    other.close()


def test_the_same_owners_other_repositories_help_a_small_one(database: Engine) -> None:
    with Session(database) as session:
        for place in (HERE, Thread("Octo/data", 0, 12), Thread("stranger/models", 0, 13)):
            judged.keep(session, place, "{}")
        session.commit()
        assert judged.siblings(session, HERE) == ["12"]
        assert judged.siblings(session, Thread("octo/new", 0, 14)) == ["12", "11"]


def test_labels_that_the_bot_gave_itself_teach_it_nothing(database: Engine, knowledge: Knowledge) -> None:
    issues = [issue(n, f"Crash number {n} in the loader", "segfault", "kind: bug") for n in range(1, 120)]
    keep(database, *issues)
    with Session(database) as session:
        for one in issues:
            threads.note_added(session, Thread("octo/models", one.number, 11), ["kind: bug"])
        session.commit()
    assert knowledge.learn(HERE) == "learned 0 labels"

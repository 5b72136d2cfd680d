from __future__ import annotations

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel

from bot import threads
from bot.events import Thread
from bot.repositories import MOVED, notice


def words_on(session: Session, repository: str) -> dict[str, str]:
    return threads.sections(session, Thread(repository, 7))


def say(session: Session, repository: str, words: str) -> None:
    threads.set_section(session, Thread(repository, 7), "triage", words)


def test_what_is_remembered_goes_along_when_a_repository_is_renamed(database: Engine) -> None:
    with Session(database) as session:
        notice(session, 1, "octo/old")
        say(session, "octo/old", "please add a log")
        threads.note_added(session, Thread("octo/old", 7), ["bug"])
        notice(session, 1, "octo/new")
        session.commit()
        assert words_on(session, "octo/new") == {"triage": "please add a log"}
        assert threads.added_labels(session, Thread("octo/new", 7)) == {"bug"}
        assert words_on(session, "octo/old") == {}


def test_a_new_repository_under_an_old_name_inherits_nothing(database: Engine) -> None:
    with Session(database) as session:
        notice(session, 1, "octo/models")
        say(session, "octo/models", "of the first")
        notice(session, 2, "octo/models")
        assert words_on(session, "octo/models") == {}
        say(session, "octo/models", "of the second")
        notice(session, 1, "octo/moved-away")
        assert words_on(session, "octo/moved-away") == {"triage": "of the first"}
        assert words_on(session, "octo/models") == {"triage": "of the second"}


def test_two_repositories_that_swap_their_names_keep_what_is_theirs(database: Engine) -> None:
    with Session(database) as session:
        for number, name in ((1, "octo/a"), (2, "octo/b")):
            notice(session, number, name)
            say(session, name, f"of {number}")
        notice(session, 1, "octo/b")
        notice(session, 2, "octo/a")
        assert words_on(session, "octo/b") == {"triage": "of 1"}
        assert words_on(session, "octo/a") == {"triage": "of 2"}


def test_hearing_the_same_name_again_changes_nothing(database: Engine) -> None:
    with Session(database) as session:
        for _ in range(3):
            notice(session, 1, "octo/models")
            say(session, "octo/models", "still here")
        assert words_on(session, "octo/models") == {"triage": "still here"}


def test_every_table_that_belongs_to_a_repository_moves_with_it() -> None:
    history = {"delivery", "audit"}  # they tell what was, under the name of then
    belonging = {name for name, table in SQLModel.metadata.tables.items() if "repository" in table.c}
    assert {table.__tablename__ for table in MOVED} == belonging - history

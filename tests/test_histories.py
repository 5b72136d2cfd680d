from __future__ import annotations

import json
import uuid

from sqlalchemy import Engine
from sqlmodel import Session

from bot import histories
from bot.events import read_event
from bot.learning import notice
from bot.triage.history import PastIssue

HERE = "octo/models"


def about(action: str, number: int = 7, title: str = "It crashes") -> bytes:
    return json.dumps(
        {
            "action": action,
            "repository": {"full_name": HERE, "name": "models", "owner": {"login": "octo"}},
            "issue": {"number": number, "title": title, "user": {"login": "ada"}},
        }
    ).encode()


def titles(database: Engine) -> dict[int, str]:
    with Session(database) as session:
        return {issue.number: issue.title for issue in histories.all_of(session, HERE)}


def begin(database: Engine) -> None:
    with Session(database) as session:
        histories.set_mark(session, HERE, None, whole=False)
        session.commit()


async def hear(database: Engine, action: str, **about_it: object) -> None:
    body = about(action, **about_it)  # type: ignore[arg-type]  # passed on as given
    await notice(database, read_event("issues", str(uuid.uuid4()), body))


async def test_a_history_that_is_kept_is_kept_current_by_events(database: Engine) -> None:
    begin(database)
    await hear(database, "opened")
    await hear(database, "edited", title="It crashes on start")
    await hear(database, "opened", number=8)
    await hear(database, "deleted", number=8)
    assert titles(database) == {7: "It crashes on start"}


async def test_nothing_is_kept_of_a_repository_nobody_asked_to_learn(database: Engine) -> None:
    await hear(database, "opened")
    assert titles(database) == {}


def test_what_was_marked_a_duplicate_stays_marked_when_the_issue_is_heard_of_again(database: Engine) -> None:
    with Session(database) as session:
        histories.keep(session, HERE, [PastIssue(number=7, duplicate_of=(3,))])
        histories.keep(session, HERE, [PastIssue(number=7, title="closed now")])
        (issue,) = histories.all_of(session, HERE)
    assert (issue.title, issue.duplicate_of) == ("closed now", (3,))


def test_all_issues_come_by_number_however_many_there_are(database: Engine) -> None:
    many = histories.FEW * 2 + 5
    with Session(database) as session:
        histories.keep(session, HERE, (PastIssue(number=number) for number in range(many, 0, -1)))
        assert [issue.number for issue in histories.all_of(session, HERE)] == list(range(1, many + 1))
        assert histories.count(session, HERE) == many


def test_a_follower_sees_each_change_once_and_learns_what_is_gone(database: Engine) -> None:
    with Session(database) as session:
        histories.keep(session, HERE, (PastIssue(number=number) for number in range(1, 8)))
        session.commit()
        seen: list[int] = []
        moment, after = 0.0, 0
        while some := histories.changed_since(session, HERE, moment, after, limit=3):
            seen += [number for number, _ in some]
            after, moment = some[-1]
        assert seen == list(range(1, 8))
        histories.drop(session, HERE, 5)
        session.commit()
        ((gone, _),) = histories.changed_since(session, HERE, moment, after)
        assert (gone, histories.some_of(session, HERE, [gone])) == (5, {})

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from bot.actions import Remember
from bot.events import Thread
from bot.memory import keep, recall, recall_everywhere


def at(number: int, repository: str = "octo/models") -> Thread:
    return Thread(repository, number, 11)


def kept(key: str, value: dict[str, Any] | None, number: int = 7, feature: str = "claim") -> Remember:
    return Remember(thread=at(number), feature=feature, key=key, value=value, reason="a test")


def test_a_feature_finds_what_it_kept_on_a_thread_and_nobody_elses(database: Engine) -> None:
    with Session(database) as session:
        keep(session, kept("holder", {"login": "ada"}))
        keep(session, kept("holder", {"login": "eve"}, feature="other"))
        keep(session, kept("limits", {"most": 3}, number=0))
        session.commit()
    with Session(database) as session:
        assert recall(session, at(7), "claim") == {"holder": {"login": "ada"}}
        assert recall(session, at(0), "claim") == {"limits": {"most": 3}}
        assert recall(session, at(8), "claim") == {}


def test_what_is_kept_again_replaces_what_was_kept_and_nothing_forgets_it(database: Engine) -> None:
    with Session(database) as session:
        for value in ({"login": "ada"}, {"login": "bob"}):
            keep(session, kept("holder", value))
        assert recall(session, at(7), "claim") == {"holder": {"login": "bob"}}
        for _ in range(2):
            keep(session, kept("holder", None))
        assert recall(session, at(7), "claim") == {}


def test_a_key_is_found_on_every_thread_of_a_repository(database: Engine) -> None:
    with Session(database) as session:
        for number, login in ((7, "ada"), (9, "bob")):
            keep(session, kept("holder", {"login": login}, number=number))
        keep(session, kept("else", {}, number=11))
        everywhere = recall_everywhere(session, at(0), "claim", "holder")
        assert {number: value["login"] for number, value in everywhere.items()} == {7: "ada", 9: "bob"}


def test_what_is_kept_outlives_the_name_of_a_repository_and_is_not_inherited_by_another(
    database: Engine,
) -> None:
    with Session(database) as session:
        keep(session, kept("holder", {"login": "ada"}))
        assert recall(session, at(7, "octo/renamed"), "claim") == {"holder": {"login": "ada"}}
        assert recall(session, Thread("octo/models", 7, 12), "claim") == {}

from __future__ import annotations

from sqlalchemy import Engine
from sqlmodel import Session, select

from bot.memory import Memory
from bot.rows import put


def memory(key: str, value: object) -> Memory:
    return Memory(repository="1", number=7, feature="claim", key=key, value={"said": value})


def test_a_row_is_put_in_and_then_in_place_of_the_one_with_its_key_alone(database: Engine) -> None:
    for key, value in (("a", 1), ("b", [1, {"c": "é"}]), ("a", None)):
        with Session(database) as session:
            put(session, memory(key, value))
            session.commit()
    with Session(database) as session:
        kept = {row.key: row.value for row in session.exec(select(Memory))}
    assert kept == {"a": {"said": None}, "b": {"said": [1, {"c": "é"}]}}


def test_what_the_session_was_about_to_write_comes_first(database: Engine) -> None:
    with Session(database) as session:
        session.add(memory("a", 1))
        put(session, memory("a", 2))
        session.commit()
        session.expire_all()
        assert session.exec(select(Memory)).one().value == {"said": 2}


def test_what_the_session_has_in_hand_says_what_was_put_in(database: Engine) -> None:
    with Session(database) as session:
        put(session, memory("a", 1))
        held = session.exec(select(Memory)).one()
        put(session, memory("a", 2))
        assert held.value == {"said": 2}
        assert session.exec(select(Memory)).one() is held

"""Make values up that look like those of people and reach nobody, the same ones from the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from bot.datasets.anonymize.policy import FakeKind
from bot.documents import read_document


class _Parts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    cities: tuple[str, ...]
    streets: tuple[str, ...]
    addresses: tuple[str, ...]


@cache
def _parts() -> _Parts:
    return read_document(Path(__file__).with_suffix(".yml").read_bytes(), _Parts)


class _Draw:
    """Draws from bytes, as from a well-shuffled pack: the same bytes give the same cards."""

    def __init__(self, drawn: bytes) -> None:
        self._left = int.from_bytes(drawn)

    def number(self, below: int) -> int:
        self._left, number = divmod(self._left, below)
        return number

    def one_of(self, choices: Sequence[str]) -> str:
        return choices[self.number(len(choices))]


def fake(kind: FakeKind, drawn: bytes) -> str:
    """Make up a value of a kind from 32 bytes. Different values may get the same one: there are not many."""
    return _KINDS[kind](_Draw(drawn))


def _user_name(draw: _Draw) -> str:
    parts = _parts()
    return f"{draw.one_of(parts.first_names)}.{draw.one_of(parts.last_names)}{draw.number(10_000)}".lower()


_KINDS: Mapping[FakeKind, Callable[[_Draw], str]] = {
    "name": lambda draw: f"{draw.one_of(_parts().first_names)} {draw.one_of(_parts().last_names)}",
    "first_name": lambda draw: draw.one_of(_parts().first_names),
    "last_name": lambda draw: draw.one_of(_parts().last_names),
    "email": lambda draw: f"{_user_name(draw)}@example.org",
    "phone": lambda draw: f"+1 {200 + draw.number(800)} 555 01{draw.number(100):02}",
    "user_name": _user_name,
    "city": lambda draw: draw.one_of(_parts().cities),
    "street": lambda draw: f"{1 + draw.number(200)} {draw.one_of(_parts().streets)}",
    "ip_address": lambda draw: f"{draw.one_of(_parts().addresses)}{1 + draw.number(254)}",
}

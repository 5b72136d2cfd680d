"""Read a JSON object that holds one list of any length, entry by entry, in the memory of a few entries."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import msgspec

from bot.cards.artifacts import CannotRead, once, open_file

MAX_VALUE = 1_000_000
"""Bytes one value may have: an entry of the list, or what stands beside the list under another key."""
MAX_ENTRIES = 1_000_000
MAX_KEYS = 1_000
"""Keys of the object, at most; one that holds a long list has few others."""
_CHUNK = 1 << 16
"""Bytes read at once; few enough to stay in a processor's cache while they are looked at."""
_VALUE = 1 << 10
"""Bytes in which a value is sought at first."""
_SPACE = re.compile(rb"[ \t\n\r]*")
_MARK = b"\xef\xbb\xbf"
"""The byte order mark that a text in UTF-8 may begin with."""

_decode = json.JSONDecoder(object_pairs_hook=once).raw_decode

Take = Callable[[int, Any], None]
"""Takes an entry of the list, given its index."""
TakeMany = Callable[[int, bytes], int]
"""Takes the entries of a JSON array of objects in UTF-8, given the index of the first; returns how many they
were, or 0, and then has taken none, for what it does not read as such an array."""


def read_around(
    path: Path, limit: int, key: str, take: Take, take_many: TakeMany | None = None
) -> dict[str, Any]:
    """Give ``take`` each entry of the list at ``key`` with its index; return the rest of the object.

    With ``take_many`` most objects are given to it, many at once, as the text they are in the file.

    What ``key`` holds when it is no list is part of the rest. Raises CannotRead, also after entries were
    given: when the file is larger than ``limit`` bytes or is not a JSON object.
    """
    with open_file(path, limit) as file:
        try:
            return _object(_Text(file), key, take, take_many or _one_by_one(take))
        except UnicodeDecodeError:
            raise CannotRead("it is not UTF-8 text") from None


def decoded(array: bytes) -> list[Any]:
    """Decode a JSON array; empty what msgspec does not take, such as NaN. Of a key twice the last counts."""
    try:
        entries: list[Any] = msgspec.json.decode(array, type=list)
    except (msgspec.MsgspecError, RecursionError):
        return []
    return entries


def _one_by_one(take: Take) -> TakeMany:
    def take_many(index: int, array: bytes) -> int:
        entries = decoded(array)
        for place, entry in enumerate(entries, index):
            take(place, entry)
        return len(entries)

    return take_many


def _object(text: _Text, wanted: str, take: Take, take_many: TakeMany) -> dict[str, Any]:
    rest: dict[str, Any] = {}
    seen: set[str] = set()
    text.take("{", "it does not hold a JSON object")
    end = text.take("}") if text.next() == "}" else ","
    while end == ",":
        key = text.value(":")
        text.take(":")
        if not isinstance(key, str):
            raise CannotRead(_INVALID)
        if key in seen:
            raise CannotRead("a key is given twice in one object")
        if len(seen) == MAX_KEYS:
            raise CannotRead(f"it has more than {MAX_KEYS} keys")
        seen.add(key)
        if key == wanted and text.next() == "[":
            _list(text, take, take_many)
        else:
            rest[key] = text.value(",}")
        end = text.take(",}")
    if text.next():
        raise CannotRead("it goes on after its JSON object")
    return rest


def _list(text: _Text, take: Take, take_many: TakeMany) -> None:
    text.take("[")
    end = text.take("]") if text.next() == "]" else ","
    index = 0
    while end == ",":
        taken = text.objects(index, take_many)
        if not taken:
            take(index, text.value(",]"))
        index += taken or 1
        if index > MAX_ENTRIES:
            raise CannotRead(f"a list in it has more than {MAX_ENTRIES} entries")
        end = text.take(",]")


_INVALID = "it is not valid JSON"


class _Text:
    """A window on a file of text in UTF-8 that moves on as values are taken from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._text = file.read(_CHUNK).removeprefix(_MARK)
        self._at = 0
        self._may_hold_objects = True

    def next(self) -> str:
        """Look at the next character that is not white space; empty at the end of the file."""
        while True:
            self._at = _after_space(self._text, self._at)
            if character := self._character(self._at):
                return character
            if not self._read_on():
                return ""

    def take(self, allowed: str, otherwise: str = _INVALID) -> str:
        """Take one of the ``allowed`` characters. Raises CannotRead when another one is next."""
        character = self.next()
        if character not in tuple(allowed):
            raise CannotRead(otherwise)
        self._at += 1
        return character

    def value(self, followed_by: str) -> Any:
        """Take one value and check what follows, since a number may go on beyond what was looked at."""
        self.next()
        size = _VALUE
        while True:
            # The last character may be cut in two; what is not UTF-8 at all raises here.
            text, _ = codecs.utf_8_decode(self._text[self._at : self._at + size], "strict", False)
            try:
                value, end = _decode(text)
            except RecursionError:
                raise CannotRead("it is nested too deep") from None
            except json.JSONDecodeError:
                is_whole = False
            except ValueError:
                raise CannotRead("it holds a number with thousands of digits") from None
            else:
                after = _after_space(self._text, self._at + len(text[:end].encode()))
                is_whole = self._character(after) in tuple(followed_by)
            if is_whole:
                self._at = after
                return value
            if self._at + size < len(self._text):
                size *= 8
                continue
            if len(self._text) - self._at > MAX_VALUE:
                raise CannotRead(f"it is not valid JSON, or a value in it has over {MAX_VALUE} bytes")
            if not self._read_on():
                raise CannotRead(_INVALID)

    def objects(self, index: int, take_many: TakeMany) -> int:
        """Have the entries taken at once, up to the last object in the window that another entry follows.

        There may be none: what ``take_many`` does not take is left to ``value``.
        """
        if not self._may_hold_objects:
            return 0
        end = self._text.rfind(b"},", self._at) + 1
        if not end and self._read_on():
            end = self._text.rfind(b"},") + 1
        # Only when the cut is between two entries of the list itself is this valid JSON.
        array = b"[%b]" % self._text[self._at : end]
        if not array.isascii():
            array.decode()
        taken = take_many(index, array)
        self._may_hold_objects = bool(taken)
        self._at = end if taken else self._at
        return taken

    def _character(self, at: int) -> str:
        """Give what stands at a place if that is ASCII, as JSON is between its texts; empty at the end."""
        return self._text[at : at + 1].decode("latin-1")

    def _read_on(self) -> bool:
        """Drop what was taken and read on, at least as much as is left, so that no value is read often."""
        left = self._text[self._at :]
        more = self._file.read(max(_CHUNK, len(left)))
        self._text, self._at = left + more, 0
        self._may_hold_objects = True
        return bool(more)


def _after_space(text: bytes, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at

"""Whatever stands in a model's folder, each reader gives true facts or says why it gives none.

A reader that is added to READERS is tried out here by itself, on what the fixtures have for it.
"""

from __future__ import annotations

import json
import math
import os
import re
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cards.artifacts import CannotRead
from bot.cards.fact_names import is_computed, is_known
from bot.cards.facts import Fact
from bot.cards.finding import matches
from bot.cards.readers import READERS
from bot.cards.reading import read_facts

LEFT = (Path(__file__).parent.parent / "fixtures", Path(__file__).parent / "by_hand")
MAX_EXAMPLE = 200_000
MAX_FACTS = 5_000
MAX_MEMORY = 60_000_000
"""Bytes; most readers take far less, and of a header up to 25 MB are read."""

Read = Callable[[Path, str], Iterator[Fact]]


def patterns() -> dict[Read, list[str]]:
    """Give every function that reads, with the patterns of the files it is asked about."""
    found: dict[Read, list[str]] = {}
    for reader in READERS:
        found.setdefault(reader.read, []).append(reader.pattern)
    return found


KINDS = patterns()


@cache
def examples(read: Read) -> list[tuple[str, bytes]]:
    """Give what real libraries left of a kind: the path in the model's folder, and the content."""
    paths = [(top, path) for top in LEFT for path in sorted(top.glob("*/**/*")) if path.is_file()]
    relative = [(path.relative_to(top).as_posix().partition("/")[2], path) for top, path in paths]
    return [
        (name, path.read_bytes())
        for name, path in relative
        if path.stat().st_size <= MAX_EXAMPLE and any(matches(name, pattern) for pattern in KINDS[read])
    ]


def a_path(pattern: str) -> str:
    """Make up a path that fits a pattern."""
    return re.sub(r"\[(.)[^\]]*\]", r"\1", pattern).replace("*", "x").replace("?", "x")


JUNK = (
    *(
        b"",
        b"\0" * 9,
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"9" * 5_000,
        b'"\\ud800"',
        b"[" * 2_000,
        b'{"a":' * 2_000,
    ),
    *(
        b"null",
        b"true",
        b"-1",
        b"[]",
        b"{}",
        b"]}",
        b"\xff\xfe",
        b"\n---\n",
        b"&a [*a, *a]",
        b"\r\n",
        b'","',
        b"|x",
    ),
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@st.composite
def spoilt(draw: st.DrawFn, found: list[tuple[str, bytes]], made_up: str) -> tuple[str, bytes]:
    """Take a real file and cut it off, overwrite parts of it, or put other values into its JSON."""
    name, content = draw(st.sampled_from(found)) if found else (made_up, draw(st.binary(max_size=200)))
    match draw(st.sampled_from(["cut", "overwrite", "move", "value"])):
        case "cut":
            content = content[: draw(st.integers(0, len(content)))]
        case "overwrite":
            for _ in range(draw(st.integers(1, 3))):
                start = draw(st.integers(0, len(content)))
                length = draw(st.sampled_from([0, 1, 8, 64]))
                junk = draw(st.sampled_from(JUNK) | st.binary(max_size=8))
                content = content[:start] + junk + content[start + length :]
        case "move":
            start, length, to = (draw(st.integers(0, len(content))) for _ in range(3))
            content = content[:to] + content[start : start + min(length, 4_000)] + content[to:]
        case _:
            content = other_value(draw, content)
    return name, content


def other_value(draw: st.DrawFn, content: bytes) -> bytes:
    """Put another value somewhere into JSON, whole and well-formed, also where it is a header or a line."""
    start = max(content.find(b"{"), 0)
    try:
        whole, end = json.JSONDecoder().raw_decode(content[start:].decode("utf-8", "surrogateescape"))
    except ValueError:
        return draw(st.sampled_from(JUNK)) + content
    place: Any = whole
    while isinstance(place, dict | list) and place:
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(min(len(place), 5))))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or draw(st.booleans()):
            place[key] = draw(_JSON)
            break
        place = inner
    written = json.dumps(whole).encode("utf-8", "surrogateescape")
    before = len(written).to_bytes(8, "little") if content[8:9] == b"{" and start == 8 else content[:start]
    rest = content[start:].decode("utf-8", "surrogateescape")[end:].encode("utf-8", "surrogateescape")
    return before + written + rest


def numbers_in(content: bytes) -> set[float] | None:
    """Give every number that stands in a text, or None when the content is no text."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if re.search(r"[\x00-\x08\x0e-\x1f]", text):
        return None
    digits = r"[0-9]{1,400}"
    found = re.findall(
        rf"-?{digits}(?:\.[0-9]*)?(?:[eE][-+]?{digits})?|-?\.{digits}(?:[eE][-+]?{digits})?", text
    )
    return {float(one) for one in found}


def numbers_of(fact: Fact) -> list[int | float]:
    values = list(fact.value.values()) if isinstance(fact.value, dict) else [fact.value]
    return [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]


def is_true_of(fact: Fact, name: str, content: bytes) -> None:
    """Hold a fact against the file it names."""
    assert fact.file == name
    assert is_known(fact.name), f"{fact.name} is not listed in fact_names.yml"
    texts = fact.value if isinstance(fact.value, list) else [fact.value]
    assert all(len(text) <= 1_000 and text.isprintable() for text in texts if isinstance(text, str))
    assert all(math.isfinite(value) for value in numbers_of(fact))
    written = numbers_in(content)
    if written is not None and not is_computed(fact.name):
        assert written.issuperset(map(float, numbers_of(fact))), fact


@pytest.mark.parametrize("read", KINDS, ids=[f"{read.__module__}.{read.__name__}" for read in KINDS])
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_file_makes_a_reader_crash_or_invent_a_fact(read: Read, data: st.DataObject) -> None:
    name, content = data.draw(spoilt(examples(read), a_path(KINDS[read][0])))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        facts: list[Fact] = []
        with suppress(CannotRead):
            facts.extend(read(path, name))
    assert len(facts) <= MAX_FACTS
    for fact in facts:
        is_true_of(fact, name, content)


@pytest.mark.parametrize("read", KINDS, ids=[f"{read.__module__}.{read.__name__}" for read in KINDS])
def test_every_fact_of_a_real_file_has_its_number_in_that_file(read: Read, tmp_path: Path) -> None:
    for name, content in examples(read):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        for fact in read(path, name):
            is_true_of(fact, name, content)


@pytest.mark.parametrize("read", KINDS, ids=[f"{read.__module__}.{read.__name__}" for read in KINDS])
def test_what_is_no_ordinary_file_gives_no_facts(read: Read, tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text('{"model_type": "stolen"}')
    (tmp_path / "link").symlink_to(tmp_path / "secret.json")
    (tmp_path / "to-nowhere").symlink_to(tmp_path / "nothing")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "to-nowhere", "folder", "pipe", "missing"):
        facts: list[Fact] = []
        with pytest.raises(CannotRead):
            facts.extend(read(tmp_path / name, name))
        assert facts == []


@pytest.mark.parametrize("read", KINDS, ids=[f"{read.__module__}.{read.__name__}" for read in KINDS])
@pytest.mark.parametrize("start", ["real", "none"])
def test_a_file_of_ten_gigabytes_takes_little_memory(read: Read, start: str, tmp_path: Path) -> None:
    found = examples(read)
    name, content = found[0] if found and start == "real" else (a_path(KINDS[read][0]), b"")
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.truncate(path, 10 * 10**9)
    tracemalloc.start()
    try:
        with suppress(CannotRead):
            list(read(path, name))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MAX_MEMORY


CONTENTS = [content for read in KINDS for _, content in examples(read)[:2]] + list(JUNK)
NAMES = sorted({a_path(pattern) for of_one in KINDS.values() for pattern in of_one})
PARTS = sorted(
    {part for name in NAMES for part in name.split("/")} | {"x_results.json\n", "\udcff.safetensors"}
)
ENTRY = st.sampled_from(["folder", "link", "pipe"]) | st.sampled_from(CONTENTS)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(NAMES) | st.lists(st.sampled_from(PARTS), min_size=1, max_size=3).map("/".join), ENTRY
    )
)
def test_whatever_a_folder_holds_under_names_that_readers_know_its_facts_name_their_files(
    entries: dict[str, str | bytes],
) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, entry in entries.items():
            with suppress(OSError):  # a folder where a file is to stand, or the other way round
                put(folder / name, entry)
        reading = read_facts(folder)
        assert all(one.file.isprintable() for one in reading.unreadable)
        for fact in reading.facts:
            assert is_known(fact.name)
            assert fact.file.isprintable()
            assert not (folder / fact.file).is_symlink()


def put(path: Path, entry: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    match entry:
        case bytes():
            path.write_bytes(entry)
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(path.parent)
        case _:
            os.mkfifo(path)

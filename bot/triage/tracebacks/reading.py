"""Find every failure in a text: tracebacks, crashes, and the lines by which devices report errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.triage.environment.lines import Line, read_lines
from bot.triage.tracebacks.failure import MAX_CHAIN, Failure, Kind
from bot.triage.tracebacks.groups import begins_members, read_members
from bot.triage.tracebacks.native import read_crash, read_told
from bot.triage.tracebacks.notebook import read_drawn, read_notebook
from bot.triage.tracebacks.python import link, read_traceback
from bot.triage.tracebacks.streams import untangle

MAX_FAILURES = 50
"""Different failures of one text kept at most."""
COMPARED = 200
"""Characters of a message that tell one failure from another."""

_NATIVE = {Kind.CRASH, Kind.ASSERTION, Kind.PANIC, Kind.DEVICE}
_Reader = Callable[[Sequence[Line], int], tuple[Failure | None, int]]
_READERS: tuple[_Reader, ...] = (read_notebook, read_drawn, read_crash, read_traceback, read_told)


def find_failures(text: str) -> tuple[Failure, ...]:
    """Find the failures a text shows, in its order, each different one once.

    Reads at most ``lines.MAX_CHARACTERS`` characters; raises nothing on any text.
    """
    found: list[Failure] = []
    for stream in untangle(read_lines(text)):
        found += _read_stream(stream, 0)
    return _different(sorted(found, key=lambda failure: failure.line))


def _read_stream(lines: Sequence[Line], depth: int) -> tuple[Failure, ...]:
    found: list[Failure] = []
    at, linked = 0, None
    while at < len(lines):
        line = lines[at]
        if not line.text or line.mark:
            at += 1
        elif (direct := link(line.text)) is not None:
            linked, at = direct, at + 1
        elif begins_members(line) and found:
            members, at = read_members(lines, at, _read_stream, depth)
            found[-1] = replace(found[-1], members=members)
        else:
            failure, at = _read_at(lines, at)
            if failure:
                _add(found, failure, linked)
                linked = None
    return tuple(found)


def _read_at(lines: Sequence[Line], at: int) -> tuple[Failure | None, int]:
    furthest = at + 1
    for read in _READERS:
        failure, end = read(lines, at)
        if failure:
            return failure, end
        furthest = max(furthest, end)
    return None, furthest


def _add(found: list[Failure], failure: Failure, linked: bool | None) -> None:
    """Add a failure, joined to the one before it where the text says that they belong together."""
    before = found[-1] if found else None
    if before is not None and linked is not None and failure.frames:
        cause = found.pop()
        failure = replace(failure, cause=_shortened(cause), is_direct_cause=linked)
    elif before is not None and failure.type == "c10::Error" and before.last_line + 1 == failure.line:
        # "Exception raised from f at file:line" goes on the message of the exception above it.
        found[-1] = replace(before, cause=before.cause or failure, last_line=failure.last_line)
        return
    found.append(failure)


def _shortened(failure: Failure) -> Failure:
    """Keep a chain short enough that walking it down cannot exhaust the stack."""
    chain = list(failure.chain())
    if len(chain) < MAX_CHAIN:
        return failure
    at: Failure | None = None
    for link_of_chain in reversed(chain[: MAX_CHAIN - 1]):
        at = replace(link_of_chain, cause=at)
    return at or failure


def _different(found: Sequence[Failure]) -> tuple[Failure, ...]:
    """Keep each failure once, and drop lines that only repeat what a traceback ends with."""
    kept: dict[tuple[object, ...], Failure] = {}
    told = {_words(part) for failure in found if failure.frames for part in failure.chain()}
    crashed = any(failure.frames and failure.kind in _NATIVE for failure in found)
    for failure in found:
        # The shell's "Segmentation fault (core dumped)" ends a crash that is already told with its stack.
        if crashed and failure.kind is Kind.CRASH and not failure.frames:
            continue
        if not failure.frames and failure.kind is not Kind.SYNTAX and _words(failure) in told:
            continue
        frames = tuple((frame.module or frame.file, frame.function) for frame in failure.frames[-10:])
        key = (*_words(failure), frames)
        if key in kept:
            kept[key] = replace(kept[key], repeats=kept[key].repeats + 1)
        elif len(kept) < MAX_FAILURES:
            kept[key] = failure
    return tuple(kept.values())


def _words(failure: Failure) -> tuple[str, str]:
    """Give what is compared: the name and the message without its numbers (threads, ranks, addresses)."""
    first = failure.message.strip().partition("\n")[0][:COMPARED]
    return failure.name, "".join(character for character in first if not character.isdecimal()).strip()

"""Read crashes of native code with their stacks: C++, PyTorch's c10, glog, gdb, faulthandler, Rust."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.triage.environment.lines import Line
from bot.triage.tracebacks.classify import classify, read_line
from bot.triage.tracebacks.failure import MAX_FRAMES, MAX_MESSAGE, Failure, Frame, Kind
from bot.triage.tracebacks.frames import native_frame, python_frame

MAX_GAP = 6
"""Lines between a crash's words and its stack at most."""

_TERMINATE = re.compile(r"terminate called after throwing an instance of '([^']{1,200})'")
_WHAT = re.compile(r"^\s{0,8}what\(\):\s{0,8}(.*)$")
_RAISED = re.compile(
    r"Exception raised from (.{1,200}?) at (\S{1,400}):(\d{1,9}) \(most recent call first\):"
)
_PANIC = re.compile(
    r"thread '[^']{0,80}' (?:\(\d{1,12}\) )?panicked at (?:'(?P<said>.{0,600}?)', )?"
    r"(?P<file>[^:\s]{1,400}):(?P<line>\d{1,9})(?::\d{1,9})?:?\s*$"
)
_FATAL = re.compile(r"Fatal Python error: (.{1,300})$")
_FAULT = re.compile(r'^\s{0,8}File "([^"]{1,400})", line (\d{1,9}) in (.{1,200})$')
_THREAD = re.compile(r"^(?:Current thread|Thread) 0x[0-9a-f]{1,20}")

_C10 = re.compile(
    r"^\s{0,8}frame #\d{1,4}: (.{1,600}?)(?: \+ 0x[0-9a-f]{1,16})?"
    r"(?: \(0x[0-9a-f]{1,16} in ([^)]{1,400})\))?$"
)
_GDB = re.compile(
    r"^\s{0,8}#\d{1,4} {1,4}(?=0x[0-9a-f]{1,16} in |[\w:~<>,*& ]{1,200}\()"
    r"(?:0x[0-9a-f]{1,16} in )?([^\s(][^(]{0,400}(?: ?\(.{0,600}?\))?)"
    r"(?: at (\S{1,400}?):(\d{1,9})| from (\S{1,400}))?$"
)
_GLOG = re.compile(r"^\s{0,8}@ {1,12}0x[0-9a-f]{1,16} {1,8}(.{1,600})$")
_RUST = re.compile(r"^\s{1,6}\d{1,4}: {1,4}(?:0x[0-9a-f]{1,16} - )?([A-Za-z_<][\w:<>$. {}-]{1,300})$")
_GLIBC = re.compile(r"^\[?\d{0,4}\]? ?(\S{1,300}\.so[\d.]{0,12})\(([\w@.]{0,300})[+-]0x[0-9a-f]{1,16}\)")
_AT = re.compile(r"^\s{4,20}at \S{1,400}$")


def _c10(found: re.Match[str]) -> Frame:
    return native_frame(found.group(1), found.group(2) or "")


def _gdb(found: re.Match[str]) -> Frame:
    return native_frame(found.group(1), found.group(2) or found.group(4) or "", found.group(3))


def _symbol(found: re.Match[str]) -> Frame:
    return native_frame(found.group(1))


def _glibc(found: re.Match[str]) -> Frame:
    return native_frame(found.group(2), found.group(1))


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Frame]], ...] = (
    (_C10, _c10),
    (_GDB, _gdb),
    (_GLOG, _symbol),
    (_GLIBC, _glibc),
    (_RUST, _symbol),
)


def read_crash(lines: Sequence[Line], start: int) -> tuple[Failure | None, int]:
    """Read the crash that begins at ``lines[start]``; gives it, or None, and where to read on."""
    if lines[start].mark:
        return None, start + 1
    text = lines[start].text
    if found := _FATAL.search(text):
        return _fatal(lines, start, found.group(1))
    if found := _TERMINATE.search(text):
        return _with_stack(lines, *_terminated(lines, start, found.group(1)))
    if found := _RAISED.search(text):
        raised = native_frame(found.group(1), found.group(2), found.group(3))
        failure = _new(lines[start], Kind.ASSERTION, "c10::Error", "", (raised,))
        return _with_stack(lines, failure, start + 1)
    if found := _PANIC.search(text):
        return _with_stack(lines, *_panicked(lines, start, found))
    if _is_stack(text):
        frames, end = _stack(lines, start)
        if len(frames) < 3:
            return None, end
        failure = _new(lines[start], Kind.CRASH, "native stack", "", frames)
        return replace(failure, last_line=lines[end - 1].number, truncated=True), end
    return None, start + 1


def read_told(lines: Sequence[Line], start: int) -> tuple[Failure | None, int]:
    """Read what the line ``lines[start]`` tells, with the native stack that may follow it."""
    failure, end = read_line(lines, start)
    if failure and failure.kind in {Kind.CRASH, Kind.ASSERTION, Kind.DEVICE}:
        return _with_stack(lines, failure, end)
    return failure, end


def _new(line: Line, kind: Kind, name: str, message: str, frames: tuple[Frame, ...] = ()) -> Failure:
    return Failure(kind, name, message[:MAX_MESSAGE], frames, line.number, line.number)


def _terminated(lines: Sequence[Line], start: int, name: str) -> tuple[Failure, int]:
    """Read ``what():`` and the lines it goes on with."""
    parts: list[str] = []
    at = start + 1
    while at < len(lines) and at - start <= MAX_GAP and lines[at].section == lines[start].section:
        text = lines[at].text
        if _RAISED.search(text) or _is_stack(text) or not text.strip():
            break
        what = _WHAT.match(text)
        if not what and not parts:
            break
        parts.append(what.group(1) if what else text)
        at += 1
    message = "\n".join(parts)
    kind = classify(name.replace("::", "."), message)
    failure = _new(lines[start], Kind.CRASH if kind is Kind.EXCEPTION else kind, name, message)
    return replace(failure, last_line=lines[at - 1].number), at


def _panicked(lines: Sequence[Line], start: int, found: re.Match[str]) -> tuple[Failure, int]:
    """Read a panic; since Rust 1.73 its message stands on the next line."""
    frame = native_frame("", found["file"], found["line"])
    said, end = found["said"], start + 1
    if said is None and end < len(lines) and lines[end].section == lines[start].section:
        said, end = lines[end].text, end + 1
    failure = _new(lines[start], Kind.PANIC, "panic", said or "", (frame,))
    return replace(failure, last_line=lines[end - 1].number), end


def _fatal(lines: Sequence[Line], start: int, message: str) -> tuple[Failure, int]:
    """Read faulthandler's stack of the first thread that has one: innermost call first."""
    frames: list[Frame] = []
    at, end = start + 1, start + 1
    while at < len(lines) and lines[at].section == lines[start].section and not lines[at].mark:
        if found := _FAULT.match(lines[at].text):
            frames.append(python_frame(found.group(1), found.group(2), found.group(3)))
            end = at + 1
        elif frames or at - start > MAX_GAP:
            break
        at += 1
    failure = _new(lines[start], Kind.CRASH, "Fatal Python error", message, tuple(frames[:MAX_FRAMES][::-1]))
    return replace(failure, last_line=lines[end - 1].number), end


def _with_stack(lines: Sequence[Line], failure: Failure, at: int) -> tuple[Failure, int]:
    """Add the stack that follows within ``MAX_GAP`` lines, if one does."""
    section = lines[at - 1].section
    for first in range(at, min(at + MAX_GAP, len(lines))):
        if lines[first].section != section or _THREAD.match(lines[first].text):
            break
        if _is_stack(lines[first].text):
            frames, end = _stack(lines, first)
            whole = (*frames, *failure.frames)[-MAX_FRAMES:]
            return replace(failure, frames=whole, last_line=lines[end - 1].number), end
    return failure, at


def _is_stack(text: str) -> bool:
    return any(form.match(text) for form, _ in _FORMS[:4]) or bool(_RUST.match(text) and "::" in text)


def _stack(lines: Sequence[Line], start: int) -> tuple[tuple[Frame, ...], int]:
    """Read a run of frames, innermost first in the text; gives them outermost first."""
    frames: list[Frame] = []
    at = start
    while at < len(lines) and lines[at].section == lines[start].section:
        text = lines[at].text
        frame = next((make(found) for form, make in _FORMS if (found := form.match(text))), None)
        if frame:
            frames.append(frame)
        elif not _AT.match(text):
            break
        at += 1
    return tuple(frames[:MAX_FRAMES][::-1]), at

"""Read tracebacks as Python prints them, with a log's prefixes, cut off, or without a head."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

from bot.triage.environment.lines import Line
from bot.triage.tracebacks.classify import classify
from bot.triage.tracebacks.failure import MAX_FRAMES, MAX_MESSAGE, Failure, Frame
from bot.triage.tracebacks.frames import python_frame
from bot.triage.tracebacks.streams import Prefix

HEAD = "Traceback (most recent call last):"
MAX_MESSAGE_LINES = 12
"""Lines of an exception's message read at most."""
MAX_STRAY = 2
"""Lines in a row that may be no part of the traceback, such as another process's."""

FRAME = re.compile(r'File "([^"]{1,400})", line (\d{1,9})(?:, in (.{1,200}))?\s*$')
EXCEPTION = re.compile(
    r"^([A-Za-z_][\w.]{0,150}(?:<locals>\.\w{1,80})?)(?::\s?(.*))?$",
)
_NAMED = re.compile(r"(?:Error|Exception|Warning|Interrupt|Exit|Group|Iteration|Timeout|Fault)$")
_CODE = {"else", "try", "finally", "return", "pass", "continue", "break", "yield", "lambda", "if", "for"}
_LINKS = {
    "The above exception was the direct cause of the following exception:": True,
    "During handling of the above exception, another exception occurred:": False,
}
_GROUP = "Exception Group "


def link(text: str) -> bool | None:
    """Tell how the next traceback follows from the last: True for ``raise … from``, None for no link."""
    if "above exception" not in text:
        return None
    return next((direct for words, direct in _LINKS.items() if words in text), None)


def begins(line: Line) -> bool:
    """Tell whether a traceback begins here, with its head or in its middle."""
    return not line.mark and (HEAD in line.text or bool(FRAME.search(line.text)))


def read_traceback(lines: Sequence[Line], start: int) -> tuple[Failure | None, int]:
    """Read the traceback that begins at ``lines[start]``; gives it, or None, and where to read on."""
    if not begins(lines[start]):
        return None, start + 1
    return _Reading(lines, start).run()


class _Reading:
    """The reading of one traceback."""

    def __init__(self, lines: Sequence[Line], start: int) -> None:
        self.lines, self.start = lines, start
        self.frames: deque[Frame] = deque(maxlen=MAX_FRAMES)
        text = lines[start].text
        before, head, self.rest = text.partition(HEAD)
        self.has_head = bool(head)
        if not head:
            before = text[: max(text.index('File "') - 2, 0)]
        if before.endswith(_GROUP):
            # "  + Exception Group Traceback" is followed by lines that begin with "  | ".
            before = before.removesuffix(_GROUP).replace("+", "|")
        self.prefix = Prefix.of(before)
        self.was_flush = False
        """Whether the last frame stood without indentation: its source then does so too."""

    def run(self) -> tuple[Failure | None, int]:
        """Read frames until the exception, the section's end or something else."""
        at = self.start + self.has_head
        if self.has_head and (frame := FRAME.search(self.rest)):
            self._add(frame, self.rest)
        stray = 0
        while at < len(self.lines) and not self._is_over(self.lines[at]):
            text = self._text(self.lines[at])
            if HEAD in text or link(text) is not None:
                break
            if self._is_part(text):
                stray = 0
            elif exception := self._exception(text):
                return self._failure(at, *exception)
            else:
                stray += 1
                if stray > MAX_STRAY:
                    break
            at += 1
        if not self.frames:
            return None, max(at - stray, self.start + 1)
        return self._finish("", "", max(at - stray, self.start + 1), truncated=True)

    def _is_over(self, line: Line) -> bool:
        return line.mark or line.section != self.lines[self.start].section

    def _text(self, line: Line) -> str:
        off = self.prefix.off(line.text)
        return line.text if off is None else off

    def _add(self, frame: re.Match[str], text: str) -> None:
        self.frames.append(python_frame(frame.group(1), frame.group(2), frame.group(3) or ""))
        self.was_flush = text.startswith("File ")

    def _is_part(self, text: str) -> bool:
        if 'File "' in text and (frame := FRAME.search(text)):
            self._add(frame, text)
            return True
        flush, self.was_flush = self.was_flush, False
        if not text.strip():
            return True
        exception = EXCEPTION.match(text)
        if flush and not (exception and _NAMED.search(exception.group(1))):
            return True
        return text[0] in " \t" or text.strip() in {"...", "…"} or set(text.strip()) <= set("^~")

    def _exception(self, text: str) -> tuple[str, str] | None:
        found = EXCEPTION.match(text)
        if not found or found.group(1) in _CODE:
            return None
        name = found.group(1).rpartition(".")[2]
        # Exceptions are named like classes; the few that are not stand in a module ("socket.gaierror").
        if "." not in found.group(1) and not any(character.isupper() for character in name):
            return None
        return found.group(1), found.group(2) or ""

    def _failure(self, at: int, kind: str, message: str) -> tuple[Failure | None, int]:
        """Read the rest of the message that begins at ``at``."""
        parts, at = [message], at + 1
        while at < len(self.lines) and not self._is_over(self.lines[at]) and len(parts) < MAX_MESSAGE_LINES:
            off = self.prefix.off(self.lines[at].text)
            if off is None or not off.strip() or self._ends_message(off):
                break
            parts.append(off)
            at += 1
        whole = "\n".join(parts).strip()[:MAX_MESSAGE]
        return self._finish(kind, whole, at, truncated=not self.has_head)

    def _ends_message(self, text: str) -> bool:
        plain = text.lstrip(" |")
        return (
            HEAD in text
            or link(text) is not None
            or plain.startswith(("+--", "+-+", "Exception raised from"))
        )

    def _finish(self, kind: str, message: str, end: int, *, truncated: bool) -> tuple[Failure, int]:
        # Python prints no head over a syntax error of the file it was started with.
        whole = not truncated or kind in {"SyntaxError", "IndentationError", "TabError"}
        failure = Failure(
            kind=classify(kind, message),
            type=kind,
            message=message,
            frames=tuple(self.frames),
            line=self.lines[self.start].number,
            last_line=self.lines[end - 1].number,
            truncated=not whole,
        )
        return failure, end

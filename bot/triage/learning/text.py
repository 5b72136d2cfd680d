"""Take an issue's text apart: its words, its form's headings and answers, its code, and its shape."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_TITLE = 300
"""Characters of a title read at most; GitHub allows 256."""
MAX_BODY = 20_000
"""Characters of a body read at most; what a report is about is said before that."""
MAX_LINE = 2_000
"""Characters of one line read at most."""
MAX_ANSWER = 60
"""Characters of an answer that is taken as one of a form's choices rather than as prose."""

_PREFIX = re.compile(
    r"\s*(?:[\[(【]([^\])】\n]{1,40})[\])】]\s*[:：-]?"
    r"|([A-Za-z][A-Za-z /_-]{1,24})(?:\([^)\n]{0,40}\))?!?[:：])"
)
_FENCE = re.compile(r"\s{0,3}(?:>\s?)?(```|~~~)")
_HEADING = re.compile(r"\s{0,3}#{1,6}(?=[\s*_\w])\s*(.*)")
_BOLD = re.compile(r"\s{0,3}(?:[-*] )?(?:\*\*|__|<b>)([^*_<>]{2,80})(?:\*\*|__|</b>)\s*:?\s*(.*)")
_FIELD = re.compile(
    r"\s{0,3}(?:[-*] )?([A-Za-z][A-Za-z/()-]{1,15}(?: [A-Za-z/()-]{1,15}){0,3}) ?(?:=>|:)(?!//)\s*(\S.*)"
)
_BOX = re.compile(r"\s*[-*+] \[([ xX])\]\s*(.*)")
_LOG = re.compile(
    r"\s*(?:File \"|at \S+ ?\(|#\d+ |Traceback|\[?\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|\[ *\d+(?:\.\d+)?%?\]|"
    r"[EWIDF](?:/| ?\d)|(?:INFO|WARNING|ERROR|DEBUG)[ :]|[$>#] \S|>>> |/\S+/\S+|--|CMake|gcc|g\+\+|make\[)"
)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>")
_LINK = re.compile(r"\[([^\[\]\n]{0,200})\]\(([^()\s]{0,500})\)")
_URL = re.compile(r"(?:https?|file|vscode-file)://[^\s<>()\"']{1,500}")
_INLINE = re.compile(r"`([^`\n]{1,200})`")
_IMAGE = re.compile(r"!\[[^\[\]\n]{0,200}\]\([^()\s]{0,500}\)|<img [^<>\n]{0,500}>")
_EXCEPTION = re.compile(r"\b[A-Z][A-Za-z]{2,40}(?:Error|Exception|Warning)\b")
_EMPTY_ANSWERS = frozenset({"", "_no response_", "no response", "n/a", "na", "none", "-", ".", "no", "null"})


@dataclass(frozen=True)
class IssueText:
    """The parts of one issue's text."""

    title: str = ""
    """Without its prefix."""
    prefix: str = ""
    """What stands in brackets or before a colon at the title's start, in small letters: ``bug``."""
    prose: str = ""
    """What the author wrote in sentences."""
    code: str = ""
    """Fenced code, and lines that look like a log."""
    headings: tuple[str, ...] = ()
    """Headings of a form or template, in small letters."""
    answers: tuple[tuple[str, str], ...] = ()
    """Headings with a one-line answer, both in small letters: ``("issue type", "bug")``."""
    boxes: tuple[tuple[str, bool], ...] = ()
    """Checkboxes, in small letters, and whether they are ticked."""
    quotes: int = 0
    links: int = 0
    images: int = 0
    fences: int = 0
    comments: int = 0
    """HTML comments a template put there."""
    empty_answers: int = 0
    has_exception: bool = False


def take_apart(title: str, body: str) -> IssueText:
    """Take an issue's title and Markdown body apart; any text is accepted, in time linear in its length."""
    prefix, title = split_title(_encodable(title[:MAX_TITLE]))
    body, comments = _without_comments(_encodable(body[:MAX_BODY]).replace("\r", ""))
    reading = _Reading()
    for line in body.split("\n"):
        reading.line(line[:MAX_LINE])
    reading.end()
    return IssueText(
        title=title,
        prefix=prefix,
        prose="\n".join(reading.prose),
        code="\n".join(reading.code),
        headings=tuple(reading.headings),
        answers=tuple(reading.answers),
        boxes=tuple(reading.boxes),
        quotes=reading.quotes,
        links=reading.links,
        images=reading.images,
        fences=reading.fences,
        comments=comments,
        empty_answers=reading.empty_answers,
        has_exception=_EXCEPTION.search(body) is not None,
    )


def split_title(title: str) -> tuple[str, str]:
    """Split ``[Bug]: it crashes`` into ``bug`` and ``it crashes``; without a prefix the first is empty."""
    match = _PREFIX.match(title)
    if match is None or not title[match.end() :].strip():
        return "", title.strip()
    return " ".join((match[1] or match[2]).lower().split()), title[match.end() :].strip()


def _encodable(text: str) -> str:
    """Replace halves of characters, which JSON can hold and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _without_comments(body: str) -> tuple[str, int]:
    kept: list[str] = []
    at = count = 0
    while (start := body.find("<!--", at)) >= 0:
        kept.append(body[at:start])
        count += 1
        end = body.find("-->", start)
        if end < 0:
            return "".join(kept), count
        at = end + 3
    kept.append(body[at:])
    return "".join(kept), count


class _Reading:
    """Sort a body's lines as they come."""

    def __init__(self) -> None:
        self.prose: list[str] = []
        self.code: list[str] = []
        self.headings: list[str] = []
        self.answers: list[tuple[str, str]] = []
        self.boxes: list[tuple[str, bool]] = []
        self.quotes = self.links = self.images = self.fences = self.empty_answers = 0
        self._fence = ""
        self._heading: str | None = None
        self._below: list[str] = []

    def line(self, line: str) -> None:
        fence = _FENCE.match(line)
        if self._fence:
            if fence and fence[1] == self._fence:
                self._fence = ""
            else:
                self.code.append(line)
            return
        if fence:
            self._fence = fence[1]
            self.fences += 1
            self._below.append("```")
            return
        if not line.strip():
            return
        if line.lstrip().startswith(">") and not line.startswith(">>>"):
            self.quotes += 1
            return
        if box := _BOX.match(line):
            self.boxes.append((box[2][:MAX_ANSWER].lower().strip(), box[1] != " "))
            return
        if heading := _HEADING.match(line):
            self._open(heading[1])
            return
        field = _BOLD.match(line) or _FIELD.match(line)
        if field is not None and len(field[2]) <= MAX_ANSWER:
            self._open(field[1])
            if field[2].strip():
                self._below.append(field[2])
                self._close()
            return
        self._words(line)

    def end(self) -> None:
        self._close()

    def _words(self, line: str) -> None:
        self._below.append(line)
        line, images = _IMAGE.subn(" ", line)
        line, links = _URL.subn(" ", _LINK.sub(r" \1 ", line))
        self.images += images
        self.links += links
        line = _TAG.sub(" ", line)
        if _LOG.match(line) or _is_log(line):
            self.code.append(line)
        elif line.strip() and line.strip().lower() not in _EMPTY_ANSWERS:
            self.prose.append(line)

    def _open(self, heading: str) -> None:
        self._close()
        self._heading = _plain(heading)[:80]
        if self._heading:
            self.headings.append(self._heading)

    def _close(self) -> None:
        if self._heading and len(self._below) <= 1:
            answer = _plain(self._below[0]) if self._below else ""
            if answer in _EMPTY_ANSWERS:
                self.empty_answers += 1
            elif len(answer) <= MAX_ANSWER:
                self.answers.append((self._heading, answer))
        self._heading = None
        self._below = []


def _plain(text: str) -> str:
    return " ".join(_TAG.sub(" ", text).lower().split()).strip("*_:#` ?.")


def _is_log(line: str) -> bool:
    """Tell a line of output from a sentence: few letters, or hardly a space between Latin words."""
    letters = sum(map(str.isalpha, line))
    return len(line) > 30 and (
        letters * 2 < len(line) or (line.isascii() and line.count(" ") * 40 < len(line))
    )

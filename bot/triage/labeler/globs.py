"""Match paths with the globs of minimatch, the way actions/labeler uses them, in bounded time."""

from __future__ import annotations

import re
from dataclasses import dataclass

import bracex

from bot.triage.labeler.classes import HIDDEN, NEVER
from bot.triage.labeler.segments import ANY, GlobError, translate
from bot.triage.linear import LinearPattern, PatternError, escape

MAX_GLOB = 500
"""Characters of a glob at most."""
MAX_EXPANSIONS = 300
"""Globs that the braces of one may stand for."""
MAX_REFUSING = 16
"""Globs with a ``!( )`` that the braces of one may stand for."""
MAX_REFUSALS = 4
"""Segments with a ``!( )`` in one glob."""

_WHOLE_SEGMENT = f"[^/{escape(HIDDEN)}][^/]*"
_BRACES = re.compile(r"\{[^{]*\}")
_LEADING_DOT = re.compile(r"(?:(?<=/)|\A)\.")


@dataclass(frozen=True, eq=False)
class Glob:
    """A glob that is understood. Paths are those of Git: no leading, trailing or doubled slash."""

    text: str
    _is_negated: bool = False
    plain: str = NEVER
    """Describes what fits one of the globs its braces stand for that have no ``!( )``."""
    _refusing: tuple[_Refusing, ...] = ()
    """Those with a ``!( )``."""
    weight: int = 1
    """What it costs to ask: one for each glob its braces stand for, ten for one with ``!( )``."""

    def fits(self, text: str, is_plain: bool) -> bool:
        """Tell whether a path, ``as_seen``, fits once it is known whether ``plain`` describes it."""
        return (is_plain or any(one.matches(text) for one in self._refusing)) is not self._is_negated

    def matches(self, path: str, *, dot: bool = True) -> bool:
        """Tell whether a path fits; without ``dot`` wildcards pass over names that begin with a dot."""
        text = as_seen(path, dot=dot)
        return self.fits(text, LinearPattern(self.plain).matches(text))


def as_seen(path: str, *, dot: bool) -> str:
    """Write a path the way patterns see it: without ``dot``, leading dots are hidden from wildcards."""
    return path if dot else _LEADING_DOT.sub(HIDDEN, path)


@dataclass(frozen=True)
class _Refusal:
    """What must not stand from here to the end of the segment, and whether here is a segment's start."""

    pattern: LinearPattern
    starts_segment: bool


@dataclass(frozen=True)
class _Refusing:
    """A glob with ``!( )``: patterns with a refusal between each two, and the whole without refusals."""

    whole: LinearPattern
    patterns: tuple[LinearPattern, ...]
    refusals: tuple[_Refusal, ...]

    def matches(self, path: str) -> bool:
        return self.whole.matches(path) and self._fits(path, 0, 0, set())

    def _fits(self, path: str, step: int, since: int, tried: set[tuple[int, int]]) -> bool:
        """Try every place a refusal may stand at; each step is tried from each place once."""
        if step == len(self.refusals):
            return self.patterns[step].matches(path[since:])
        if (step, since) in tried:
            return False
        tried.add((step, since))
        refusal = self.refusals[step]
        for place in range(since, len(path) + 1):
            if refusal.starts_segment and place and path[place - 1] != "/":
                continue
            end = path.find("/", place)
            rest = path[place : end if end >= 0 else len(path)]
            if (
                self.patterns[step].matches(path[since:place])
                and not refusal.pattern.matches(rest)
                and self._fits(path, step + 1, place, tried)
            ):
                return True
        return False


def glob(text: str) -> Glob:
    """Understand a glob of minimatch: ``*``, ``**``, ``?``, classes, braces, ``@( )`` groups, leading ``!``.

    Raises:
        GlobError: it is too long, or asks for what is not supported; the message says what.
    """
    if len(text) > MAX_GLOB:
        raise GlobError(f"a glob has at most {MAX_GLOB} characters")
    if text.startswith("#") or not text:
        return Glob(text)  # minimatch takes the one for a comment; the other matches no path
    bare = text.lstrip("!")
    plain, refusing = list[str](), list[_Refusing]()
    expanded = tuple(dict.fromkeys(_expanded(bare)))
    try:
        for one in expanded:
            patterns, refusals = _read(one)
            if len(refusing) == MAX_REFUSING:
                raise GlobError(f'braces around "!( )" stand for more than {MAX_REFUSING} globs')
            if refusals:
                compiled = tuple(map(LinearPattern, patterns))
                refusing.append(_Refusing(LinearPattern("".join(patterns)), compiled, refusals))
            else:
                plain += patterns
        together = "|".join(plain) or NEVER
        LinearPattern(together)
    except PatternError as error:
        raise GlobError(f"the glob is too complex: {error}") from None
    return Glob(
        text, (len(text) - len(bare)) % 2 == 1, together, tuple(refusing), len(expanded) + 9 * len(refusing)
    )


def _expanded(text: str) -> list[str]:
    if not _BRACES.search(text):
        return [text]
    try:
        return bracex.expand(text, keep_escapes=True, limit=MAX_EXPANSIONS)
    except bracex.ExpansionLimitException:
        raise GlobError(f"the braces stand for more than {MAX_EXPANSIONS} globs") from None
    except RecursionError:
        raise GlobError("braces are nested too deeply") from None


def _read(text: str) -> tuple[list[str], tuple[_Refusal, ...]]:
    """Translate a glob without braces into patterns and the refusals between them."""
    names = _segments(text)
    patterns, refusals, current = list[str](), list[_Refusal](), ""
    for place, name in enumerate(names):
        is_last = place == len(names) - 1
        if name == "**":
            current += f"(?:{_WHOLE_SEGMENT}/)*" + (_WHOLE_SEGMENT if is_last else "")
            continue
        segment = translate(name)
        current += segment.before
        if segment.refused is not None:
            if len(refusals) == MAX_REFUSALS:
                raise GlobError(f'more than {MAX_REFUSALS} times "!( )"')
            patterns.append(current)
            refusals.append(_Refusal(LinearPattern(segment.refused), not segment.before))
            current = f"{ANY}*{segment.after}"
        current += "" if is_last else "/"
    return [*patterns, current], tuple(refusals)


def _segments(text: str) -> list[str]:
    """Split at slashes, and step back for ``..`` as minimatch does at its default level."""
    names: list[str] = []
    for name in re.split("/+", text):
        before = names[-1] if names else ""
        if name == "**" == before:
            continue
        if name == ".." and before and before not in {"..", ".", "**"}:
            names.pop()
        else:
            names.append(name)
    return names or [""]

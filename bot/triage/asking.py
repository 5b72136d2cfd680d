"""Find what an issue lacks, and what of it a later reply of its author brings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from bot.documents import read_document
from bot.triage.forms import (
    Forms,
    IssueType,
    Missing,
    MissingKind,
    missing,
    missing_from_bug,
    pressing,
    recognise,
    type_of_title,
)
from bot.triage.forms.needs import is_about_failure, is_wish, missing_from_nothing, shows_code
from bot.triage.forms.types import type_of_words
from bot.triage.forms.words import without_comments
from bot.triage.learning.prediction import Prediction
from bot.triage.linear import LinearPattern
from bot.triage.reports import Report, read_report

TICK = "tick: "
"""How what is missing begins where a box is to be ticked, which only an edit can do."""
WORDS = 3
"""Words of a reply that can answer a question in prose."""

FEW_WORDS = 25
"""Words of a description up to which it is no more than that something fails."""

_WORD = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]{1,2}|\S+?(?=[\s\u3040-\u30ff\u4e00-\u9fff]|\Z)")
"""Words; in Chinese and Japanese, which write no spaces, two characters make about one."""
TITLE_WORDS = 2
"""Words of a title that tell no more than what kind of issue it is."""
_PREFIX = re.compile(r"^\s{0,9}(?:\[[^\]]{0,40}\]|\w{1,20}:)\s{0,9}")
_ITEMS = ("* ", "- ", "1.", "1)")
"""How a list begins: steps are something to go by."""
_FENCES = ("```", "~~~")


class _Answers(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sorts: dict[str, str]
    attachments: tuple[str, ...]
    version: str


@dataclass(frozen=True)
class Words:
    """An issue in the words of its author; ``reply`` is what they added in a comment."""

    title: str
    body: str
    reply: str = ""
    labels: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Give all that was written below the title."""
        return f"{self.body}\n\n{self.reply}" if self.reply else self.body


@dataclass(frozen=True)
class Lack:
    """What an issue lacks, and who asks for it: a form of the repository's, or the house."""

    missing: tuple[Missing, ...] = ()
    by_form: bool = False


def lack_of(words: Words, forms: Forms, *, repository_is_ai: bool = False) -> Lack:
    """Compare an issue with the form it was made with, or with what AI bugs need where it has none.

    An issue without a form is taken for a bug unless it says otherwise: before asking its author, ask
    :func:`is_bug`. What blocks of an environment disagree about among themselves is left to those who read
    the failure.
    """
    form = recognise(forms.forms, words.body, words.title)
    if form is not None:
        report = read_report(words.text)
        among_blocks = {conflict.what for conflict in report.environment.contradictions}
        found = [
            one
            for one in missing(form, words.body, report.environment)
            if not (one.kind is MissingKind.CONTRADICTION and one.label in among_blocks)
        ]
        return _lack(found, words, by_form=True)
    if says_nothing(words):
        return Lack((missing_from_nothing(),))
    if type_said(words) not in (None, IssueType.BUG):
        return Lack()
    return _lack(pressing(_needed(words, repository_is_ai)), words, by_form=False)


def type_said(words: Words) -> IssueType | None:
    """Tell what people say an issue is: by its title's prefix, else by its labels; of several a bug."""
    said = type_of_title(words.title)
    if said is not None:
        return said
    types = {kind for label in words.labels if (kind := type_of_words(label)) is not None}
    return IssueType.BUG if IssueType.BUG in types else next(iter(sorted(types)), None)


def is_bug(words: Words, expected: Prediction) -> bool:
    """Tell whether an issue surely reports a bug, so that its author may be asked for what bugs need.

    Words such as "error" tell nothing: people ask and wish with them as well. Whoever asks in the title and
    shows no failure waits for an answer. Else what people say counts, then what the issue says of itself or
    the repository's history is sure of, then a failure shown with its calls, or told of in so few words that
    nobody could help with it, whatever it is.
    """
    if words.title.rstrip().endswith("?") and not _shows(read_report(words.body), "log"):
        return False
    if says_nothing(words):
        return True  # what it is cannot be told, and to be asked is kinder than to be passed over
    said = type_said(words)
    if said is not None:
        return said is IssueType.BUG
    if expected.by_rule or expected.type_sure:
        return expected.type == "bug"
    if expected.type not in (None, "bug"):
        return False
    report = read_report(words.body)
    return _shows(report, "log") or _tells_too_little(words, report)


def says_nothing(words: Words) -> bool:
    """Tell whether an issue has no description, and a title of at most two words beside a prefix."""
    title = _PREFIX.sub("", words.title, count=1)
    return not without_comments(words.text).strip() and len(_WORD.findall(title)) <= TITLE_WORDS


def has_words(reply: str, bot: str = "") -> bool:
    """Tell whether a comment says something, beside quotes and commands.

    A few words to the ``bot`` are a command even where there is none of that name; more of them, or a
    version, are an answer to what it asked.
    """
    return any(not _is_command_to(bot, line) for line in _said(reply).split("\n") if line.strip())


def _is_command_to(bot: str, line: str) -> bool:
    first, *rest = line.split()
    names = {f"@{bot}", f"@{bot}[bot]"}
    to_the_bot = bool(bot) and first.rstrip(",:").casefold() in names
    return to_the_bot and len(rest) <= WORDS and not _pattern("version").occurs_in(line)


def _lack(found: Iterable[Missing], words: Words, *, by_form: bool) -> Lack:
    """Leave out what stands elsewhere in the issue, and what a reply brings."""
    report = read_report(words.body) if by_form else None
    reply = _said(words.reply)
    leads = bool(reply) and _pattern("attachments").occurs_in(reply)
    replied = read_report(reply) if reply.strip() else None
    left = []
    for one in found:
        sort = _sort(one.label)
        if by_form:
            if report is not None and one.kind is not MissingKind.CONTRADICTION and _shows(report, sort):
                continue
            if replied is not None and not one.add.startswith(TICK) and _brings(replied, sort, leads):
                continue
        elif leads:
            continue
        left.append(one)
    if replied is not None and all(one.add.startswith(TICK) for one in left):
        left = []  # nobody who answered all else is held up by a box
    return Lack(tuple(left), by_form)


def _needed(words: Words, repository_is_ai: bool) -> tuple[Missing, ...]:
    report = read_report(words.text)
    return missing_from_bug(
        words.title,
        report.text,
        environment=report.environment,
        failures=report.failures,
        # Lines of code in a traceback are the library's, and do not show how to get there.
        has_code=_has_block(report) or shows_code(without_comments(report.own_words)),
        repository_is_ai=repository_is_ai,
    )


def _tells_too_little(words: Words, report: Report) -> bool:
    """Tell whether an issue says that something fails, and nothing that would help to look into it."""
    told = f"{words.title}\n{without_comments(report.own_words)}"
    return (
        len(_WORD.findall(report.own_words)) <= FEW_WORDS
        and is_about_failure(told)
        and not is_wish(told)
        and "?" not in told
        and not any(line.lstrip().startswith(_ITEMS) for line in told.split("\n"))
        and not (report.failures or _names_machine(report) or _has_block(report) or shows_code(told))
        and not (_pattern("version").occurs_in(told) or "://" in told)
    )


def _shows(report: Report, sort: str) -> bool:
    """Tell whether an issue shows, wherever it does, what a field asked for."""
    if sort == "environment":
        return bool(report.environment.blocks)
    return sort == "log" and any(failure.frames for failure in report.failures)


def _brings(reply: Report, sort: str, leads: bool) -> bool:
    match sort:
        case "environment":
            return leads or _names_machine(reply) or _pattern("version").occurs_in(reply.text)
        case "code":
            return leads or _has_block(reply)
        case "log":
            return leads or bool(reply.failures) or _has_block(reply)
        case _:
            return leads or len(reply.text.split()) >= WORDS


def _names_machine(report: Report) -> bool:
    shown = report.environment
    return bool(shown.blocks or shown.packages or shown.python or shown.accelerator or shown.os)


def _has_block(report: Report) -> bool:
    """Tell whether there is code that is neither a log nor an environment."""
    is_open = False
    for line in report.own_words.split("\n"):
        if line.lstrip(" ").startswith(_FENCES):
            is_open = not is_open
        elif (is_open or line.startswith(("    ", "\t"))) and line.strip():
            return True
    return False


def _said(reply: str) -> str:
    """Leave out what a reply quotes, what is not shown of it, and commands."""
    lines = without_comments(reply.replace("\r\n", "\n")).split("\n")
    return "\n".join(line for line in lines if not line.lstrip().startswith((">", "/"))).strip()


def still_missing(lack: Lack, asked: Sequence[str]) -> tuple[Missing, ...]:
    """Keep of what an issue lacks what was asked for: nobody is asked for more later."""
    return tuple(one for one in lack.missing if one.label in asked)


@cache
def _answers() -> _Answers:
    return read_document(files("bot.triage").joinpath("data/answers.yml").read_bytes(), _Answers)


@cache
def _pattern(name: str) -> LinearPattern:
    answers = _answers()
    patterns: Mapping[str, str] = {
        "attachments": "|".join(f"(?:{one})" for one in answers.attachments),
        "version": answers.version,
        **answers.sorts,
    }
    return LinearPattern(patterns[name], any_case=True)


def _sort(label: str) -> str:
    """Tell what sort of answer a label asks for; empty for words."""
    return next((sort for sort in _answers().sorts if _pattern(sort).occurs_in(label[:200])), "")

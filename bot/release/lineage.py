"""Hold a model's licence, name and files against the licences of everything it was made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from bot.hub.jobs import Origin
from bot.release.agreements import recognisable
from bot.release.licence_rules import LicenceRule, LicenceRules, licence_rules

_CHANGED = (
    "modified",
    "changed",
    "fine-tun",
    "finetun",
    "adapted",
    "quantiz",
    "merged",
    "trained from",
    "changes",
)
"""Words of which one is in every honest sentence that says a model was changed."""


class Weight(StrEnum):
    """How much a remark weighs."""

    AGAINST = "against"
    """The licence forbids it, or something it asks for is missing."""
    UNKNOWN = "unknown"
    """It could not be looked at."""
    BESIDE = "beside"
    """A person should know it; nothing is known to be wrong."""


@dataclass(frozen=True)
class Remark:
    """Say one thing about one origin."""

    weight: Weight
    text: str


@dataclass(frozen=True)
class Terms:
    """Hold the terms a model would be released under, and the words that come with it.

    ``licence_file`` is whether a copy of a licence is among the files, and ``texts`` are the agreements they
    were recognised as. ``notice`` and ``card`` are what NOTICE and README.md say, empty when there is none.
    """

    hub_id: str
    license: str
    license_name: str | None = None
    licence_file: bool = False
    notice: str = ""
    card: str = ""
    texts: frozenset[str] = frozenset()
    rules: LicenceRules = field(default_factory=licence_rules)


def judge(terms: Terms, origins: Iterable[Origin]) -> Iterator[Remark]:
    """Yield what stands against releasing a model made from ``origins``, what is unknown, and what to know.

    With several base models every one has to be satisfied. Data count where their licence also reaches the
    models that learned from them.
    """
    for origin in origins:
        yield from _of_origin(terms, origin)


def notices(origins: Iterable[Origin], rules: LicenceRules) -> Iterator[str]:
    """Yield the words that NOTICE has to hold, each once."""
    found = (rules.rule_of(one.license, one.license_name) for one in origins if one.kind == "model")
    yield from dict.fromkeys(rule.notice for rule in found if rule is not None and rule.notice)


def _of_origin(terms: Terms, origin: Origin) -> Iterator[Remark]:
    called = f"{origin.id[:100]}"
    if not origin.is_found:
        why = "is one too many to look up" if origin.is_beyond else "is not to be seen on the Hub"
        yield Remark(Weight.UNKNOWN, f"the {origin.kind} {called} {why}, so its licence is not known")
        return
    said = (origin.license_name if origin.license == "other" else origin.license)[:100]
    rule = terms.rules.rule_of(origin.license, origin.license_name)
    if origin.kind == "dataset":
        yield from _of_data(terms, called, said, rule)
        return
    if origin.is_gated:
        yield Remark(Weight.BESIDE, f"{called} is gated: who uses it agreed to conditions on its page")
    if not said:
        yield Remark(Weight.AGAINST, f"{called} names no licence, so nobody may make anything from it")
    elif rule is None:
        yield Remark(
            Weight.AGAINST, f"{called}: a person has to read its licence ({said}); no rule here knows it"
        )
    else:
        yield from _asked(terms, f"{called} ({said})", rule)
        if origin.is_gated and rule.text == "file" and not terms.licence_file:
            yield Remark(
                Weight.BESIDE,
                f"{called}: its licence was not copied from behind its gate; agree to the conditions on its "
                "page, and put its licence as LICENSE at the top of the model's folder",
            )
        key = terms.rules.key_of(origin.license, origin.license_name)
        if terms.licence_file and key in recognisable() and key not in terms.texts:
            yield Remark(
                Weight.BESIDE, f"{called} ({said}): no file at the top was recognised as its agreement"
            )


def _of_data(terms: Terms, called: str, said: str, rule: LicenceRule | None) -> Iterator[Remark]:
    if rule is not None and rule.outputs:
        yield from _asked(terms, f"the data {called} ({said})", rule)
    elif rule is None:
        named = f"a licence no rule here knows ({said})" if said else "no licence"
        yield Remark(Weight.BESIDE, f"the data {called} have {named}: read what they were given for")
    elif rule.children != "any":
        yield Remark(
            Weight.BESIDE,
            f"the data {called} are {said}; whether that reaches a model trained on them a person has to say",
        )


def _asked(terms: Terms, called: str, rule: LicenceRule) -> Iterator[Remark]:
    """Yield what one licence asks for and does not get."""
    if rule.review:
        yield Remark(Weight.AGAINST, f"{called}: a person has to read its licence: {rule.review}")
    child = terms.rules.key_of(terms.license, terms.license_name)
    if rule.children == "none":
        yield Remark(Weight.AGAINST, f"{called}: what is made from it may not be shared")
    elif not terms.rules.allows(rule, child):
        yield Remark(
            Weight.AGAINST, f"{called} does not allow the licence {terms.license_name or terms.license}"
        )
    name = terms.hub_id.rpartition("/")[2]
    if rule.prefix and not _as_words(name).startswith(_as_words(rule.prefix)):
        yield Remark(Weight.AGAINST, f'{called}: the name of the model has to begin with "{rule.prefix}"')
    if rule.text and not terms.licence_file:
        weight = Weight.AGAINST if rule.text == "file" else Weight.BESIDE
        yield Remark(weight, f"{called}: a copy of its licence has to come with the model, as LICENSE")
    if rule.notice and not _holds(terms.notice, rule.notice):
        yield Remark(Weight.AGAINST, f'{called}: NOTICE has to say "{rule.notice}"')
    if rule.display and not any(_holds(terms.card, words) for words in rule.display):
        yield Remark(Weight.AGAINST, f'{called}: README.md has to show "{rule.display[0]}"')
    told = f"{terms.card} {terms.notice}".casefold()
    if rule.changes and not any(word in told for word in _CHANGED):
        yield Remark(Weight.BESIDE, f"{called}: README.md or NOTICE has to say what was changed")
    for remark in rule.remarks:
        yield Remark(Weight.BESIDE, f"{called}: {remark}")


def _holds(text: str, words: str) -> bool:
    return " ".join(words.split()).casefold() in " ".join(text.split()).casefold()


def _as_words(name: str) -> str:
    """Write a name as the words it is read as: names on the Hub have no spaces."""
    return " ".join(name.replace("-", " ").replace("_", " ").split()).casefold()

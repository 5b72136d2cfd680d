"""Gate: the model card is complete, true to the files, and says what the manifest says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.cards.artifacts import CannotRead, open_file
from bot.cards.front_matter import split
from bot.cards.lint import lint
from bot.release.gates.results import Candidate, GateResult, Outcome, need_manifest
from bot.release.manifest import Manifest

NAME = "card"
CARD = "README.md"
"""The card is this file at the top of the model's folder, as on the Hub (Hub docs: model cards)."""
MAX_BYTES = 4 * 1024 * 1024
_REMEDY = "Fix the card, or write it again with /model-card."
_AGREE = "Make the card and the manifest agree: people approve the one, and the Hub shows the other."


def check(candidate: Candidate) -> GateResult:
    """Fail on a missing card, an error in it, or other terms than the manifest's; warn on the rest."""
    declared = need_manifest(candidate)
    if CARD not in {file.path for file in candidate.files}:
        return GateResult(NAME, Outcome.FAIL, (f"{CARD} is missing",), "Write the card with /model-card.")
    try:
        text = _read(candidate)
    except UnicodeDecodeError:
        return GateResult(NAME, Outcome.FAIL, (f"{CARD} is not UTF-8 text",), "Save the card as UTF-8.")
    except CannotRead as error:
        return GateResult(NAME, Outcome.FAIL, (f"{CARD}: {error}",), _REMEDY)
    report = lint(text, candidate.folder, declared.declared())
    shown = tuple(f"{CARD}:{finding.line}: {finding.message}" for finding in report.findings)
    # Of a card whose metadata cannot be read nothing else can be said.
    unreadable = any(finding.rule == "front-matter-invalid" for finding in report.errors)
    written = {} if unreadable else split(text).data
    disagreeing = () if unreadable else tuple(_disagreements(written, declared))
    missing = tuple(_missing_licence(written, candidate))
    if disagreeing or missing or report.errors:
        remedy = _AGREE if disagreeing else _REMEDY
        # People approve the manifest's terms, so what the Hub would show has to be the same.
        waivable = not disagreeing and not unreadable
        return GateResult(NAME, Outcome.FAIL, (*disagreeing, *missing, *shown), remedy, waivable=waivable)
    outcome = Outcome.WARN if shown else Outcome.PASS
    return GateResult(NAME, outcome, (*shown, f"completeness {report.score} of 100"))


def _read(candidate: Candidate) -> str:
    with open_file(candidate.folder / CARD) as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise CannotRead(f"it is larger than {MAX_BYTES // 1024**2} MiB")
    return content.decode("utf-8-sig")


def _disagreements(written: Mapping[str, Any], declared: Manifest) -> Iterator[str]:
    """Yield where the terms or the origin on the card are not those of the manifest."""
    for key, wanted in (
        ("license", [declared.license]),
        ("license_name", [declared.license_name]),
        ("license_link", [declared.license_link]),
        ("base_model", declared.base_models),
    ):
        value = written.get(key)
        here = [str(one) for one in (value if isinstance(value, list) else [value]) if one is not None]
        there = [one for one in wanted if one is not None]
        if sorted(here) != sorted(there):
            yield f"the card says {key}: {_told(here)}, the manifest says {_told(there)}"


def _told(values: list[str]) -> str:
    return ", ".join(value[:100] for value in values) or "nothing"


def _missing_licence(written: Mapping[str, Any], candidate: Candidate) -> Iterator[str]:
    """Yield when the terms that a card links to are a file, and it is not released with the model."""
    link = written.get("license_link")
    if not isinstance(link, str) or link.startswith(("https://", "http://")):
        return
    if link.removeprefix("./") not in {file.path for file in candidate.files}:
        yield f"license_link names {link[:100]}, which is neither an address nor a file of the release"

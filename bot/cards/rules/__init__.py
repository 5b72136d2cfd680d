"""The rules a model card is checked by: one function each, and one line in RULES."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.cards.outline import Outline
from bot.cards.rules import leaks, licence, links, metadata, numbers, origin, runs, wording
from bot.cards.rules.findings import Finding, Severity

__all__ = ["RULES", "Finding", "Severity"]

RULES: tuple[Callable[[Outline], Iterator[Finding]], ...] = (
    metadata.front_matter,
    metadata.keys,
    metadata.kinds_of_values,
    metadata.library,
    metadata.pipeline_tag,
    metadata.languages,
    licence.licence,
    licence.beside,
    origin.base_model,
    origin.datasets,
    origin.relation,
    origin.new_version,
    wording.placeholders,
    wording.names_in_code,
    wording.names_of_nobody,
    wording.empty_sections,
    wording.missing_sections,
    leaks.secrets,
    leaks.paths,
    links.relative_links,
    links.files_in_metadata,
    numbers.model_index,
    numbers.in_the_text,
    numbers.emissions,
    runs.limited,
    runs.unreadable,
)
"""Every rule is asked about every card."""

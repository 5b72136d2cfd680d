"""Rules on the licence: there is one, the Hub knows it, and its terms can be read."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards import licences
from bot.cards.outline import Outline
from bot.cards.rules.findings import Edit, Finding, RemoveValue, SetValue, error

MAX_LICENCES = 20
"""Licences of one card that are looked at; each unknown one is compared with all the Hub knows."""
_LLAMA_FACTORY = "llama-factory"


def licence(card: Outline) -> Iterator[Finding]:
    """Ask for a licence, as the Hub names it."""
    line = card.parts.line("license")
    if "licence" in card.data:
        yield _misspelled(card)
    if card.data.get("license") is None:
        message = "without a license nobody may use the model; add the one you give it"
        yield error("licence-missing", line, message)
        return
    named = list(card.placed("license"))
    if len(named) > MAX_LICENCES:
        yield error("licence-unknown", line, f"{len(named)} licences are named; name the one that holds")
    for path, one in named[:MAX_LICENCES]:
        wrong = licences.problem(str(one), card.text("license_name"), card.text("license_link"))
        if wrong:
            right = licences.meant(str(one)) if str(one) not in licences.known() else None
            if one == licences.OTHER and _LLAMA_FACTORY in card.texts("tags"):
                wrong += "; LLaMA-Factory writes it for every model, so put the licence you mean in its place"
            yield error("licence-unknown", line, wrong, [SetValue(path, right)] if right else ())


def beside(card: Outline) -> Iterator[Finding]:
    """Find a licence on the card that is not the one whose text stands beside it."""
    written = [one for one in card.texts("license") if one in licences.known()]
    for fact in card.reading.all("license_text") if card.reading else ():
        if written and fact.value not in written and licences.OTHER not in written:
            message = (
                f"the card says {', '.join(written)}, the text in {fact.file} is that of {fact.value}; "
                "make them agree, for nobody knows which one holds"
            )
            yield error("licence-differs", card.parts.line("license"), message)


def _misspelled(card: Outline) -> Finding:
    """Report ``licence``, which TRL writes with the word ``license`` where an id should be."""
    written = card.data["licence"]
    right = licences.meant(str(written))
    edits: tuple[Edit, ...] = ()
    if card.data.get("license") is None and right:
        edits = (RemoveValue(("licence",)), SetValue(("license",), right))
    elif written == "license" or written is None:
        edits = (RemoveValue(("licence",)),)
    message = 'the Hub does not read the key "licence"; write "license", with the id of a licence'
    if written == "license":
        message = (
            'TRL writes "licence: license", which names no licence; remove it, and add license with an id'
        )
    return error("licence-misspelled", card.parts.line("licence"), message, edits)

"""Rules on where a model comes from and which one follows it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards.hub_ids import is_hub_id, names_a_dataset, names_a_model
from bot.cards.outline import Outline
from bot.cards.rules.findings import Edit, Finding, RemoveValue, SetValue, error, warning
from bot.cards.vocabulary import RELATIONS

_RELATIONS_MEANT = {
    "fine-tune": "finetune",
    "fine-tuned": "finetune",
    "finetuned": "finetune",
    "lora": "adapter",
    "merged": "merge",
    "quantised": "quantized",
    "quantization": "quantized",
}


def base_model(card: Outline) -> Iterator[Finding]:
    """Find a base model that is a path on somebody's disk, and ask for it where the files name one."""
    line, named = card.parts.line("base_model"), card.texts("base_model")
    stated = _stated(card)
    for base in named:
        if not is_hub_id(base):
            message = (
                f"base_model {base[:80]!r} is no Hub id, so nobody finds out what the model was made from; "
                "name the model as owner/name"
            )
            fits = len(named) == 1 and stated is not None
            yield error("base-model-not-an-id", line, message, _named(stated) if fits else ())
    if not named and (stated or _is_adapter(card)):
        what = (
            f"the files say it was made from {stated}" if stated else "an adapter works with one model only"
        )
        message = f"{what}; name that model in base_model, whose licence holds as well"
        yield error("base-model-missing", line, message, _named(stated))
    if named and card.model_id in named:
        message = "base_model names the model itself; name the one it was made from, or remove it"
        yield error("base-model-itself", line, message)


def datasets(card: Outline) -> Iterator[Finding]:
    """Find data that is a file on somebody's disk; axolotl writes down whatever it was given."""
    named = [(path, one) for path, one in card.placed("datasets") if isinstance(one, str)]
    for path, one in named:
        if not names_a_dataset(one):
            message = (
                f"the dataset {one[:80]!r} is no Hub id, so its page does not exist; "
                "name it as owner/name, or tell of it in the text instead"
            )
            yield warning("dataset-not-an-id", card.parts.positions.of_value(path)[0], message)


def relation(card: Outline) -> Iterator[Finding]:
    """Find a relation to the base model that the Hub does not know."""
    written = card.text("base_model_relation")
    if written and written not in RELATIONS:
        meant = _RELATIONS_MEANT.get(written.lower().replace("_", "-"))
        message = (
            f"base_model_relation {written[:80]!r} is unknown to the Hub; write {' or '.join(RELATIONS)}"
        )
        edits = [SetValue(("base_model_relation",), meant)] if meant else []
        yield error("base-model-relation-unknown", card.parts.line("base_model_relation"), message, edits)


def new_version(card: Outline) -> Iterator[Finding]:
    """Find a newer version that leads nowhere, or back to the model itself."""
    newer = card.text("new_version")
    if newer is None:
        return
    line = card.parts.line("new_version")
    if not is_hub_id(newer) or "/" not in newer:
        message = f"new_version {newer[:80]!r} is no Hub id, so readers are sent nowhere; write owner/name"
        yield error("new-version-not-an-id", line, message)
    elif newer == card.model_id:
        message = "new_version names the model itself; it belongs on the card of the old version"
        yield warning("new-version-itself", line, message, [RemoveValue(("new_version",))])


def _stated(card: Outline) -> str | None:
    """Give the Hub id that the adapter's own configuration has for its base, if it has one."""
    fact = card.reading.get("base_model") if card.reading else None
    return fact.value if fact and isinstance(fact.value, str) and names_a_model(fact.value) else None


def _named(base: str | None) -> tuple[Edit, ...]:
    return (SetValue(("base_model",), base),) if base else ()


def _is_adapter(card: Outline) -> bool:
    return card.text("library_name") == "peft" or card.text("base_model_relation") == "adapter"

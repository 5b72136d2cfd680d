from pathlib import Path

import pytest

from bot.documents import parse_mapping
from bot.release.agreements import recognise_agreement
from bot.release.licence_rules import licence_rules

TABLE, _ = parse_mapping((Path(__file__).parents[2] / "bot/release/agreements.yml").read_bytes())


def text_of(key: str, title: str) -> str:
    """Write a text as these agreements look: a heading, and its own words among many others."""
    words = "\n\n".join(f"The parties agree on “{one}”, as follows." for one in TABLE[key]["holds"])
    return f"# **{title.upper()}**\n\nVersion 1.0\n\n{words}\n\nNo warranty is given."


CASES = [(key, title) for key, marks in TABLE.items() for title in marks["title"]]


@pytest.mark.parametrize(("key", "title"), CASES, ids=[f"{key}: {title}" for key, title in CASES])
def test_an_agreement_is_known_by_its_title_and_its_words(key: str, title: str) -> None:
    whole = text_of(key, title)
    assert recognise_agreement(whole) == key
    assert recognise_agreement(whole.replace(" ", "\n ")) == key
    assert recognise_agreement(f"{'preamble ' * 100}{whole}") is None
    assert recognise_agreement(f"# {title}\n\nSee the web page for its words.") is None


def test_every_agreement_has_rules_and_a_source() -> None:
    rules = licence_rules()
    for key, marks in TABLE.items():
        assert (
            rules.key_of(key)
            or key in rules.licences
            or any(key in one.ids for one in rules.licences.values())
        )
        assert "/" in marks["source"]


def test_a_card_that_only_mentions_an_agreement_is_none() -> None:
    assert (
        recognise_agreement("Built with Llama. Llama 3.1 is licensed under the Llama 3.1 Community License.")
        is None
    )
    assert recognise_agreement("") is None
    assert recognise_agreement("llama " * 200_000) is None

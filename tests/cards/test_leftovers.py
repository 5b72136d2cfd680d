"""What a trainer's template left in a card, and nobody wrote."""

from __future__ import annotations

import pytest

from bot.cards.declared import Declared
from bot.cards.facts import Fact, Reading
from bot.cards.fix import written_again
from bot.cards.leftovers import without_leftovers

FRONT = "---\nlicense: mit\n---\n\n"
TEMPLATE = """# Birds

## Evaluation

### Results

#### Summary

## Citation [optional]

**BibTeX:**

```
```

## Glossary

A bird flies.

## Model Card Contact

### Framework versions

- PEFT 0.21.2
"""


def test_sections_that_nobody_filled_in_go_and_what_stands_in_others_stays() -> None:
    kept = "# Birds\n\n## Glossary\n\nA bird flies.\n\n### Framework versions\n\n- PEFT 0.21.2\n"
    assert without_leftovers(FRONT + TEMPLATE) == FRONT + kept


@pytest.mark.parametrize(
    "text",
    ["# T\n\n## Our own heading\n", "# T\n\n## Evaluation\n\n### Ours\n\nGood.\n", "# T\n\n## Uses\n\n- x\n"],
)
def test_headings_and_words_of_people_stay(text: str) -> None:
    assert without_leftovers(FRONT + text) == FRONT + text


def test_a_card_without_placeholders_is_not_tidied() -> None:
    reading = Reading((Fact("model_type", "bert", "config.json", "model_type"),))
    card = written_again(reading, Declared(), f"{FRONT}# T\n\n## Glossary\n")
    assert "## Glossary" in card.text


@pytest.mark.parametrize(
    ("declared", "title"),
    [
        (Declared(), "# Model"),
        (Declared(place="birds"), "# birds"),
        (Declared(place="output"), "# Model"),
        (Declared(place="checkpoint-500"), "# Model"),
        (Declared(place="birds", model_id="acme/birds-7b"), "# Model Card for acme/birds-7b"),
    ],
)
def test_the_title_of_an_unknown_model_becomes_the_best_name_there_is(declared: Declared, title: str) -> None:
    reading = Reading((Fact("model_type", "bert", "config.json", "model_type"),))
    card = written_again(reading, declared, f"{FRONT}# Model Card for None\n\nIt sorts birds.\n")
    assert f"\n{title}\n" in card.text


def test_the_trainers_sentence_that_says_nothing_goes() -> None:
    said = "This model is a fine-tuned version of [](https://huggingface.co/) on the None dataset."
    reading = Reading((Fact("model_type", "bert", "config.json", "model_type"),))
    assert "fine-tuned version" not in written_again(reading, Declared(), f"{FRONT}# T\n\n{said}\n").text

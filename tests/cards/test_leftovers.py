"""What a trainer's template left in a card, and nobody wrote."""

from __future__ import annotations

import json

import pytest

from bot.cards.declared import Declared
from bot.cards.facts import Fact, Reading
from bot.cards.fix import written_again
from bot.cards.front_matter import split
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


@pytest.mark.parametrize(
    ("about", "said"),
    [
        (" on the [acme/likes](https://huggingface.co/datasets/acme/likes) dataset.", " on the [acme/likes]"),
        (".", "."),
    ],
)
def test_a_base_model_that_trl_did_not_know_is_not_linked_to_as_none(about: str, said: str) -> None:
    reading = Reading((Fact("model_type", "llama", "config.json", "model_type"),))
    left = f"This model is a fine-tuned version of [None](https://huggingface.co/None){about}"
    text = written_again(reading, Declared(), f"{FRONT}# T\n\n{left}\n").text
    assert f"This model is fine-tuned{said}" in text
    assert "None" not in text


def test_what_the_trainer_did_not_know_of_the_data_is_not_told_as_none() -> None:
    result = {
        "task": {"type": "text-classification"},
        "dataset": {
            "name": "Opinions",
            "type": "acme/opinions",
            "config": None,
            "split": "None",
            "args": "a",
        },
        "metrics": [{"type": "accuracy", "value": 0.5}],
    }
    index = json.dumps([{"name": "m", "results": [result]}])
    reading = Reading((Fact("model_type", "bert", "config.json", "model_type"),))
    text = written_again(reading, Declared(), f"---\nmodel-index: {index}\n---\n\n# T\n").text
    [kept] = split(text).data["model-index"][0]["results"]
    assert kept["dataset"] == {"name": "Opinions", "type": "acme/opinions", "args": "a"}


def test_results_that_the_trainer_had_none_of_leave_no_empty_section() -> None:
    left = "## Training and evaluation data\n\nMore information needed\n\n### Training results\n\n\n\n"
    reading = Reading((Fact("model_type", "bert", "config.json", "model_type"),))
    text = written_again(
        reading, Declared(), f"{FRONT}# T\n\n{left}### Framework versions\n\n- PEFT 1\n"
    ).text
    assert "Training results" not in text
    assert "### Framework versions" in text

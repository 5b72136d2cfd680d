"""Every number of a generated card is found in the file that is named beside it."""

from __future__ import annotations

import csv
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.blocks import blocks
from bot.cards.card import FACTS, render_card
from bot.cards.declared import Declared, EvaluatedOn
from bot.cards.facts import Fact, Reading
from bot.cards.reading import read_facts
from tests.cards.test_corpus import FOLDERS, reading_of

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])")
DECLARED = Declared(model_id="acme/kind", evaluated_on=EvaluatedOn("acme/data", "Data"))
COUNTED = {"Classes"}
"""Rows whose number was counted in the file rather than read from it."""


def rows(text: str) -> Iterator[tuple[list[str], str]]:
    """Yield the cells of each row that names a file, once with each of the files it names."""
    for line in text.split("\n"):
        cells = [cell.strip().strip("`") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) >= 3 and line.endswith("` |"):
            yield from ((cells[:-1], file) for file in cells[-1].split("`, `"))


def generated_text(card: str) -> str:
    return "\n".join(block.text for block in blocks(card) if block.name in FACTS)


def numbers_in(folder: Path, file: str, reading: Reading) -> set[float]:
    """Find the numbers of a file: in its text, or of a binary one in the facts its own reader gave."""
    try:
        found = {float(number) for number in NUMBER.findall((folder / file).read_text(encoding="utf-8"))}
    except UnicodeDecodeError:
        found = set()
    told = [
        fact.value for fact in reading.facts if fact.file == file and not file.endswith((".json", ".csv"))
    ]
    if file.endswith(".csv"):
        found |= set(column_sums(folder / file))
    for value in told:
        found |= {float(number) for number in NUMBER.findall(str(value))}
    return found


def column_sums(path: Path) -> Iterator[float]:
    """Add up each column of numbers, as what codecarbon measured in several runs is added up."""
    with path.open(encoding="utf-8", newline="") as lines:
        table = list(csv.reader(lines))[1:]
    for column in zip(*table, strict=True):
        if all(NUMBER.fullmatch(cell) for cell in column):
            yield sum(map(float, column))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_every_number_in_a_table_stands_in_the_file_beside_it(folder: Path) -> None:
    reading = reading_of(folder)
    text = generated_text(render_card(reading, DECLARED).text)
    for (label, *values), file in rows(text):
        assert (folder / file).exists(), f"{label} names {file}"
        known = numbers_in(folder, file, reading)
        for number in NUMBER.findall(" ".join(values)):
            assert float(number) in known or label in COUNTED, f"{label}: {number} is not in {file}"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_every_other_number_is_a_sum_or_a_fact(folder: Path) -> None:
    reading = reading_of(folder)
    text = generated_text(render_card(reading, DECLARED).text)
    prose = "\n".join(line for line in text.split("\n") if not line.startswith("|"))
    prose = re.sub(r"(?<=\d),(?=\d{3})", "", prose)
    log = "\n".join(
        line for line in text.split("\n") if line.startswith("|") and not re.search("[a-z`]", line)
    )
    facts = {number for fact in reading.facts for number in numbers_of(fact)}
    totals = {float(sum(numbers_of(fact)[0] for fact in reading.all("parameters")))}
    totals |= {
        float(sum(numbers_of(one)[0] for one in reading.all(name)))
        for name in reading.names
        if name.startswith("parameters.")
    }
    grams = {numbers_of(fact)[0] * 1000 for fact in reading.all("emissions")}
    allowed = facts | totals | grams | {float(len(reading.all("parameters")))}
    for number in NUMBER.findall(re.sub(r"\]\([^)]*\)|`[^`]*`", "", prose + log)):
        assert any(abs(float(number) - one) <= abs(one) * 1e-12 for one in allowed), number


def numbers_of(fact: Fact) -> list[float]:
    value: Any = fact.value
    if isinstance(value, dict):
        return [float(one) for one in value.values()]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return []
    return [float(value)]


METRICS = st.sampled_from(["eval_accuracy", "eval_f1", "test_accuracy", "train_loss", "eval_bleu", "epoch"])
VALUES = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63)


@given(results=st.dictionaries(METRICS, VALUES, max_size=6), log=st.lists(VALUES, max_size=4))
def test_whatever_was_measured_only_that_is_written(results: dict[str, Any], log: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "eval_results.json").write_text(json.dumps(results))
        history = [{"step": step, "loss": loss} for step, loss in enumerate(log)]
        (folder / "trainer_state.json").write_text(json.dumps({"log_history": history}))
        reading = read_facts(folder)
        card = render_card(reading, DECLARED, pictures=True)
        measured = {float(value) for value in (*results.values(), *log)} | set(map(float, range(len(log))))
        for (_, *values), _file in rows(generated_text(card.text)):
            for number in NUMBER.findall(" ".join(values)):
                assert float(number) in measured
        assert render_card(reading, DECLARED, card.text).text == card.text


TEXTS = st.text(max_size=40) | st.sampled_from(["`", "|", "\n## X", "<!--", "-->", "{{ 1 }}", "a\nb"])
FACT = st.builds(
    Fact,
    st.sampled_from(
        (
            *(
                "model_type",
                "architectures",
                "labels",
                "emissions",
                "limit",
                "base_model",
                "training_datasets",
            ),
            *(
                "task_type",
                "pickle",
                "lm_eval.a.acc,none",
                "hyperparameter.lr",
                "parameters",
                "parameters.F32",
            ),
            "training_log",
        )
    ),
    TEXTS | VALUES | st.booleans() | st.lists(TEXTS, max_size=3) | st.dictionaries(TEXTS, VALUES, max_size=3),
    st.sampled_from(["config.json", "a|b.json", "README.md", "x`y.json"]),
    st.just("key"),
)


@given(st.lists(FACT, max_size=8))
def test_facts_of_any_kind_make_a_card_that_is_made_again(facts: list[Fact]) -> None:
    reading = Reading(tuple(facts))
    card = render_card(reading, DECLARED, pictures=True)
    assert render_card(reading, DECLARED, card.text, pictures=True).text == card.text

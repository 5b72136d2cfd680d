import pytest

from bot.cards.card import render_card
from bot.cards.declared import Declared
from bot.cards.facts import Fact, Reading
from bot.cards.questions import questions
from bot.cards.reading import read_facts
from tests.fixtures.make_models import DECLARED, tuned_model


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return read_facts(tuned_model(tmp_path_factory.mktemp("models") / "model"))


def test_sections_nobody_can_know_are_left_out_and_asked_for(reading: Reading) -> None:
    text = render_card(reading, Declared()).text
    assert "Intended use" not in text
    assert "Limitations" not in text
    asked = {question.key for question in questions(reading, Declared())}
    assert {"license", "intended-use", "limitations", "evaluated-on"} <= asked
    assert questions(reading, DECLARED) == ()


def test_what_a_configuration_names_as_its_origin_is_asked_about_and_not_written(reading: Reading) -> None:
    fact = Fact("name_or_path", "outputs/checkpoint-500", "config.json", "_name_or_path")
    text = render_card(Reading((fact,)), Declared()).text
    assert "base_model" not in text
    assert "checkpoint-500" not in text
    asked = {one.key: one.text for one in questions(Reading((fact,)), Declared())}
    assert "`outputs/checkpoint-500`" in asked["base-models"]
    assert "base-models" not in {
        one.key for one in questions(Reading((fact,)), Declared(base_models=("acme/base",)))
    }


def test_what_the_model_is_not_for_does_not_say_what_it_is_for(reading: Reading) -> None:
    declared = Declared(words={"out-of-scope-use": "Judging people."})
    text = render_card(reading, declared).text
    assert {"intended-use", "limitations"} <= {one.key for one in questions(reading, declared, text)}


def test_what_the_card_answers_is_not_asked_again(reading: Reading) -> None:
    text = render_card(reading, DECLARED).text
    assert questions(reading, Declared(), text) == ()


def test_code_that_names_no_model_leaves_the_models_name_to_be_asked_for(reading: Reading) -> None:
    code = '## Quick start\n\n```python\npipeline("text-generation", model="{}")\n```\n'
    asked = {
        name: {one.key for one in questions(reading, Declared(), code.format(name))}
        for name in ("None", "acme/opinions")
    }
    assert "model-id" in asked["None"]
    assert "model-id" not in asked["acme/opinions"]


def test_a_licence_that_says_nothing_is_asked_for_and_not_written_down(reading: Reading) -> None:
    card = "---\nlicense: other\n---\n\n# Opinions\n"
    bare = Reading(tuple(fact for fact in reading.facts if fact.name != "license_text"))
    assert "license" in {one.key for one in questions(bare, Declared(), card)}
    assert "Licence:" not in render_card(bare, Declared(), card).text
    named = Declared(license="other", license_name="opinions", license_link="LICENSE")
    assert "license" not in {one.key for one in questions(bare, named)}
    assert "- **Licence:** opinions" in render_card(bare, named).text

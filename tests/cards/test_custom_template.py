import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.cards.card import render_card
from bot.cards.custom_template import TemplateError, arranged_by, rendered, variables
from bot.cards.facts import Reading
from bot.cards.reading import read_facts
from tests.fixtures.make_models import DECLARED, tuned_model

OWN = """# {{ title }} of ours

{{ parts.limitations }}

Ask us at the desk. It has {{ parameters }} parameters.

{{ parts.evaluation }}

{{ generated("house-rules", "Be kind.") }}
"""


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return read_facts(tuned_model(tmp_path_factory.mktemp("models") / "model"))


@pytest.fixture(scope="module")
def given(reading: Reading) -> dict[str, Any]:
    """Give what a template of this model can use."""
    seen: list[dict[str, Any]] = []

    def look(body: str, context: Mapping[str, Any]) -> str:
        seen.append(variables(body, context))
        return body

    render_card(reading, DECLARED, arrange=look)
    return seen[0]


def test_a_template_orders_the_parts_and_adds_words(reading: Reading) -> None:
    text = render_card(reading, DECLARED, arrange=arranged_by(OWN)).text
    assert text.index("# Digits, moved of ours") < text.index("8 by 8 pixels") < text.index("## Evaluation")
    assert "It has 3610 parameters." in text
    assert "## Training" not in text
    again = render_card(reading, DECLARED, text, arrange=arranged_by(OWN))
    assert again.text == text
    assert again.kept == ()


def test_text_that_people_changed_outside_the_parts_stays(reading: Reading) -> None:
    text = render_card(reading, DECLARED, arrange=arranged_by(OWN)).text.replace("desk", "door")
    assert render_card(reading, DECLARED, text, arrange=arranged_by(OWN)).text == text


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ nothing }}", "'nothing' is undefined"),
        ("{{ parts.detials }}", "no attribute 'detials'"),
        ("a\n{% if %}", "line 2"),
        ("{{ parts.clear() }}", "not safely callable|unsafe"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{% include 'cards/model_card.md.j2' %}", "model_card"),
        ("{{ generated.__globals__ }}", "unsafe|undefined"),
        ("{{ 'x' * 2000000 }}", "longer than"),
        ("{{ 1 / 0 }}", "cannot be rendered"),
    ],
)
def test_a_template_that_is_wrong_or_wants_more_than_it_gets_is_refused(
    given: dict[str, Any], template: str, problem: str
) -> None:
    answer = rendered(template, given)
    assert re.search(problem, answer["problem"])


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ 'x' * 10000000000 }}",
    ],
    ids=["without end", "of ten gigabytes"],
)
def test_a_template_that_takes_too_much_is_stopped(
    reading: Reading, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.apart.SECONDS", 2)
    with pytest.raises(TemplateError, match=r"make it simpler|cannot be rendered"):
        render_card(reading, DECLARED, arrange=arranged_by(template))


def test_every_variable_is_documented(given: dict[str, Any]) -> None:
    page = (Path(__file__).parents[2] / "docs/features/model-card.md").read_text()
    for name in (*given, "generated"):
        assert f"`{name}`" in page
    for part in given["parts"]:
        assert f"`{part}`" in page

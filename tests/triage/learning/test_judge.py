from __future__ import annotations

import json

from bot.triage.learning.judge import compare, evaluate
from bot.triage.learning.model import Model
from bot.triage.learning.prediction import LabelScore, Prediction
from tests.triage.learning.histories import history, issue


def test_the_newest_fifth_is_judged_by_what_was_learned_before() -> None:
    result = evaluate(reversed(history(250)))
    assert (result.learned_from, result.judged) == (200, 50)
    assert result.precision == 1
    assert result.coverage > 0.9
    assert result.type_f1 == 1


def test_as_many_are_judged_as_asked() -> None:
    assert evaluate(history(120), newest=20).judged == 20
    assert evaluate(history(10), newest=20).judged == 10


def test_an_empty_history_is_judged_too() -> None:
    result = evaluate([])
    assert (result.judged, result.precision, result.coverage, result.type_f1) == (0, None, 0, None)


def test_wrong_labels_are_counted_with_what_people_said_instead(model: Model) -> None:
    asked = [issue(1, "a", labels=["question"]), issue(2, "b", labels=["bug"]), issue(3, "c", labels=["bug"])]
    sure = Prediction((LabelScore("bug", 0.99, applied=True),), "bug")
    unsure = Prediction((LabelScore("bug", 0.5, applied=False),), "question")
    result = compare(model, asked, [sure, sure, unsure])
    bug = next(label for label in result.labels if label.name == "bug")
    assert (bug.people, bug.applied, bug.right, bug.instead) == (2, 2, 1, {"question": 1})
    assert (bug.precision, bug.coverage) == (0.5, 0.5)
    assert (result.applied, result.right, result.issues_with_labels) == (2, 1, 2)
    assert result.types == {"bug": {"bug": 1, "question": 1}, "question": {"bug": 1}}


def test_everything_is_told_as_json() -> None:
    told = json.loads(json.dumps(evaluate(history(120)).as_dict()))
    assert {"precision", "coverage", "labels", "types", "type_f1", "left_out", "judged"} <= told.keys()
    assert {"name", "precision", "coverage", "instead"} <= told["labels"][0].keys()

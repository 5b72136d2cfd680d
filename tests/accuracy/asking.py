"""Measure who is asked for more where there is no form, beside asking wherever words tell of a failure.

``python -m tests.accuracy.asking DATA`` prints the section, and issues that would be asked, to be read.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader
from ruamel.yaml import YAML

from bot.rendering import environment
from bot.triage.asking import Words, is_bug, lack_of
from bot.triage.forms import Forms, missing_from_bug
from bot.triage.forms.needs import is_about_failure
from bot.triage.learning.prediction import Prediction, by_rules
from tests.accuracy.types import Set, held_out, read

HERE = Path(__file__).parent
JUDGED = HERE / "asking_judged.yml"
SAMPLE = 30

Ask = Callable[[int], Sequence[str]]
"""Gives what an issue, by its place, is asked for."""


def run(data_folder: Path) -> dict[str, Any]:
    """Measure on ``issue-types/nlbse24_train.csv``; the answer is plain JSON. Raises FileNotFoundError."""
    given, learned = read(data_folder), held_out(data_folder)
    ways: dict[str, Ask] = {
        "wherever words tell of a failure": lambda place: _by_words(given, place),
        "Giveback, no history": lambda place: asked_for(given, place, by_rules(given.issues[place])),
        "Giveback, history learned": lambda place: asked_for(given, place, learned[place].prediction),
    }
    answers = {
        name: {place: found for place in range(len(given.issues)) if (found := ask(place))}
        for name, ask in ways.items()
    }
    asked = answers["Giveback, history learned"]
    return {
        "issues": dict(Counter(given.types)),
        "ways": {name: _summary(given, found) for name, found in answers.items()},
        "repositories": {
            name: _of_repository(given, asked, name) for name in sorted(set(given.repositories))
        },
        "judged": _judged(asked),
        "asked": {str(given.issues[place].number): list(found) for place, found in asked.items()},
    }


def asked_for(given: Set, place: int, expected: Prediction) -> list[str]:
    """Say what an author is asked for in a repository about AI, with no form there and no label yet."""
    issue = given.issues[place]
    words = Words(issue.title, issue.body)
    lack = lack_of(words, Forms(), repository_is_ai=True)
    return [one.label for one in lack.missing] if lack.missing and is_bug(words, expected) else []


def _by_words(given: Set, place: int) -> list[str]:
    issue = given.issues[place]
    if not is_about_failure(f"{issue.title}\n{issue.body}"):
        return []
    return [one.label for one in missing_from_bug(issue.title, issue.body, repository_is_ai=True)]


def _summary(given: Set, answers: Mapping[int, Sequence[str]]) -> dict[str, Any]:
    of = Counter(given.types)
    asked = Counter(given.types[place] for place in answers)
    return {
        "by_type": {kind: asked[kind] / of[kind] for kind in sorted(of)},
        "bugs": asked["bug"] / max(asked.total(), 1),
        "things": sum(map(len, answers.values())) / max(len(answers), 1),
        "most": max(map(len, answers.values()), default=0),
    }


def _of_repository(given: Set, answers: Mapping[int, Sequence[str]], name: str) -> dict[str, int]:
    asked = Counter(given.types[place] for place in answers if given.repositories[place] == name)
    return {kind: asked[kind] for kind in sorted(set(given.types))}


def _judged(asked: Mapping[int, Sequence[str]]) -> dict[str, int]:
    """Count what somebody who read some issues found of what each is asked for."""
    read_before: dict[str, list[int]] = YAML(typ="safe").load(JUDGED) if JUDGED.exists() else {}
    there = {place + 1 for place in asked}
    return {verdict: len(there.intersection(numbers)) for verdict, numbers in read_before.items()}


def section(result: Mapping[str, Any]) -> str:
    """Write the measurement as a section of docs/accuracy.md."""
    return environment(FileSystemLoader(HERE)).get_template("asking.md.j2").render(**result)


def main() -> None:
    """Print the section, and issues that would be asked, drawn by lot."""
    folder = Path(sys.argv[1])
    result, given = run(folder), read(folder)
    print(section(result))
    chosen = random.Random(0).sample(sorted(result["asked"], key=int), SAMPLE)
    for number in sorted(chosen, key=int):
        issue, place = given.issues[int(number) - 1], int(number) - 1
        print(f"\n##### {number} {given.repositories[place]} {given.types[place]}: {result['asked'][number]}")
        print(f"{issue.title}\n{issue.body[:1_500]}")


if __name__ == "__main__":
    main()

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from bot.triage.history import PastIssue
from bot.triage.similar.command import similar
from tests.triage.similar.issues import backlog, issue

app = typer.Typer()
app.command()(similar)

TRACE = """Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/vllm/engine/core.py", line 512, in step
    self.scheduler.schedule(batch)
  File "/usr/lib/python3.11/site-packages/vllm/core/scheduler.py", line 91, in schedule
    raise PlanError("no schedule fits the prefix of the request")
vllm.errors.PlanError: no schedule fits the prefix of the request
"""


def write(file: Path, issues: Iterable[PastIssue]) -> Path:
    file.write_text("".join(f"{one.model_dump_json()}\n" for one in issues))
    return file


def ask(*arguments: str | Path) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_issue_asked_about_gets_one_line(tmp_path: Path) -> None:
    history = write(tmp_path / "history.jsonl", backlog())
    asked = write(
        tmp_path / "issues.jsonl", [issue(20, "Learning rate lost after resume"), issue(21, "Zirconium")]
    )
    first, second = ask("--index", history, asked)
    assert first["number"] == 20
    assert set(first["similar"][0]) == {"number", "score", "shown", "why"}
    assert first["similar"][0]["number"] == 3
    assert second == {"number": 21, "similar": []}


def test_issues_of_the_history_itself_match_earlier_ones_only(tmp_path: Path) -> None:
    again = backlog()[2].model_copy(update={"number": 9})
    history = write(tmp_path / "history.jsonl", [*backlog(), again])
    lines = {
        line["number"]: [match["number"] for match in line["similar"]]
        for line in ask("--index", history, history)
    }
    assert lines[9][0] == 3
    assert all(match < number for number, matches in lines.items() for match in matches)


def test_marks_of_the_issue_asked_about_are_not_looked_at(tmp_path: Path) -> None:
    marked = issue(9, "Zirconium", "xylophone", duplicate_of=(3,))
    history = write(tmp_path / "history.jsonl", [*backlog(), marked])
    assert ask("--index", history, write(tmp_path / "asked.jsonl", [marked])) == [
        {"number": 9, "similar": []}
    ]


def test_a_failure_in_a_stack_trace_is_known_again(tmp_path: Path) -> None:
    history = write(tmp_path / "history.jsonl", [*backlog(), issue(9, "Serving stops at night", TRACE)])
    asked = write(tmp_path / "asked.jsonl", [issue(20, "Requests are dropped", TRACE)])
    ((match, *_),) = [line["similar"] for line in ask("--index", history, asked)]
    assert match["number"] == 9
    assert "the same error" in match["why"]
    assert not any(said.startswith("both mention") for said in match["why"])


def test_a_line_that_is_no_issue_ends_the_command_with_its_place(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"number": "x"}\n')
    done = CliRunner().invoke(app, ["--index", str(broken), str(broken)])
    assert (done.exit_code, "broken.jsonl, line 1" in done.output) == (2, True)


@pytest.mark.parametrize("number", [0, 2**80])
def test_an_impossible_number_in_the_history_is_told(tmp_path: Path, number: int) -> None:
    history = tmp_path / "history.jsonl"
    history.write_text(json.dumps({"number": number}) + "\n")
    done = CliRunner().invoke(app, ["--index", str(history), str(history)])
    assert (done.exit_code, "is no number of an issue" in done.output) == (2, True)

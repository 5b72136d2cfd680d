from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.github.export import ExportError, export
from bot.triage.history import read_history
from tests.sandbox.github.stage import Stage

MODELS = "alice/models"


def run(stage: Stage, out: Path, repository: str = MODELS) -> list[int]:
    return list(export(repository, out, api_url=f"{stage.url}/api/v3", token=stage.alice.token))


def opened(stage: Stage, count: int, first: int = 1) -> None:
    for number in range(first, first + count):
        stage.alice.post(f"/repos/{MODELS}/issues", {"title": f"issue {number}", "body": "it fails"})


def test_issues_are_written_as_learning_reads_them(stage: Stage, tmp_path: Path) -> None:
    stage.alice.post(f"/repos/{MODELS}/issues", {"title": "It crashes", "body": "here", "labels": ["bug"]})
    opened(stage, 1)
    stage.alice.post(f"/repos/{MODELS}/issues/2/comments", {"body": "Duplicate of #1"})
    stage.alice.patch(f"/repos/{MODELS}/issues/2", {"state": "closed", "state_reason": "not_planned"})
    assert run(stage, tmp_path / "history.jsonl")[-1] == 2
    first, second = read_history(tmp_path / "history.jsonl")
    assert (first.title, first.labels, first.author) == ("It crashes", ("bug",), "alice")
    assert (second.state_reason, second.duplicate_of) == ("not_planned", (1,))


def test_an_export_goes_on_where_it_stopped_even_in_the_middle_of_a_line(
    stage: Stage, tmp_path: Path
) -> None:
    opened(stage, 3)
    out = tmp_path / "history.jsonl"
    run(stage, out)
    whole = out.read_bytes()
    out.write_bytes(whole[:-20])
    opened(stage, 2, first=4)
    run(stage, out)
    assert [issue.number for issue in read_history(out)] == [1, 2, 3, 4, 5]
    assert out.read_bytes().startswith(whole)


def test_a_repository_of_more_than_a_page_is_written_whole_and_once(stage: Stage, tmp_path: Path) -> None:
    opened(stage, 103)
    counts = run(stage, tmp_path / "history.jsonl")
    assert counts == [100, 103]
    assert [issue.number for issue in read_history(tmp_path / "history.jsonl")] == list(range(1, 104))


def test_a_file_that_is_something_else_is_not_touched(stage: Stage, tmp_path: Path) -> None:
    for content in ("my notes\n", json.dumps({"title": "x"}) + "\n"):
        out = tmp_path / "notes.txt"
        out.write_text(content)
        with pytest.raises(ExportError, match="choose another file"):
            run(stage, out)
        assert out.read_text() == content


def test_a_repository_that_is_not_there_is_said_so(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="404"):
        run(stage, tmp_path / "history.jsonl", "alice/nothing")

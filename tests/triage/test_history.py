from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.triage.history import HistoryError, read_history, read_lines


def test_an_issue_is_read_as_github_gives_it(tmp_path: Path) -> None:
    line = {
        "number": 7,
        "title": "It crashes",
        "body": None,
        "labels": [{"name": "bug", "color": "ff0000"}, "help wanted"],
        "state": "closed",
        "state_reason": "duplicate",
        "created_at": "2026-01-02T03:04:05Z",
        "user": {"login": "ada"},
        "duplicate_of": [3],
    }
    file = tmp_path / "history.jsonl"
    file.write_text(f"{json.dumps(line)}\n\n{json.dumps({'number': 8, 'user': None})}\n")
    first, second = read_history(file)
    assert (first.labels, first.body, first.author) == (("bug", "help wanted"), "", "ada")
    assert (first.duplicate_of, first.state_reason, first.is_pull_request) == ((3,), "duplicate", False)
    assert first.created_at is not None
    assert first.created_at.year == 2026
    assert (second.author, second.created_at) == ("", None)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [("{", "line 2: the line"), ('{"title": "x"}', "line 2: number"), ('{"number": "x"}', "line 2: number")],
)
def test_a_line_that_is_no_issue_is_named(line: str, complaint: str) -> None:
    with pytest.raises(HistoryError, match=f"h.jsonl, {complaint}"):
        list(read_lines(['{"number": 1}', line], "h.jsonl"))

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from tests.triage.learning.histories import history
from tests.triage.similar.test_sentence_model import TINY


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["triage", *map(str, arguments)])


def write(file: Path, *, issues: int = 120, seed: int = 0) -> Path:
    lines = (
        {
            "number": one.number,
            "title": one.title,
            "body": one.body,
            "labels": [{"name": name} for name in one.labels],
            "state": "closed",
            "user": {"login": "ada"},
        }
        for one in history(issues, seed=seed)
    )
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return file


@pytest.fixture
def past(tmp_path: Path) -> Path:
    return write(tmp_path / "history.jsonl")


@pytest.fixture
def model(past: Path, tmp_path: Path) -> Path:
    file = tmp_path / "model"
    result = run("learn", past, "--out", file)
    assert result.exit_code == 0, result.output
    return file


def test_learning_says_which_labels_can_be_relied_on(past: Path, tmp_path: Path) -> None:
    result = run("learn", past, "--out", tmp_path / "model")
    assert "Learned from 120 labelled issues" in result.output
    assert "bug (" in result.output
    assert "area: tokenizer: left out" in result.output or "area: tokenizer (" in result.output


@pytest.mark.parametrize("style", ["repeated", "in a row"])
def test_other_histories_are_given_one_by_one_or_in_a_row(past: Path, tmp_path: Path, style: str) -> None:
    others = [write(tmp_path / f"{seed}.jsonl", issues=60, seed=seed) for seed in (1, 2)]
    given = ["--also", others[0], *(["--also"] if style == "repeated" else []), others[1]]
    result = run("learn", past, *given, "--out", tmp_path / "model")
    assert result.exit_code == 0, result.output


def test_a_second_history_without_also_is_refused(past: Path, tmp_path: Path) -> None:
    result = run("learn", past, past, "--out", tmp_path / "model")
    assert result.exit_code == 2
    assert "--also" in result.output


def test_each_issue_is_answered_by_one_line(model: Path, tmp_path: Path) -> None:
    asked = write(tmp_path / "new.jsonl", issues=20, seed=3)
    result = run("predict", "--model", model, asked)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["number"] for line in lines] == list(range(1, 21))
    for line in lines:
        assert line.keys() == {"number", "labels", "type"}
        assert line["type"] in ("bug", "feature", "question", "docs")
        assert all(label.keys() == {"name", "score", "applied"} for label in line["labels"])


def test_an_evaluation_is_told_in_words_and_as_json(past: Path) -> None:
    assert "judged on the newest 24" in run("evaluate", past).output
    told = json.loads(run("evaluate", past, "--json").stdout)
    assert told["judged"] == 24
    assert told["learned_from"] == 96
    assert len(told["newest"]) == 24


def test_learning_and_judging_are_done_in_one_go_where_that_is_asked(past: Path, tmp_path: Path) -> None:
    file = tmp_path / "evaluation.json"
    assert run("learn", past, "--out", tmp_path / "model", "--evaluation", file).exit_code == 0
    assert json.loads(file.read_text()) == json.loads(run("evaluate", past, "--json").stdout)


def test_a_history_without_labels_leaves_the_rules(tmp_path: Path) -> None:
    bare = tmp_path / "bare.jsonl"
    bare.write_text('{"number": 1, "title": "[Bug] it crashes"}\n')
    learned = run("learn", bare, "--out", tmp_path / "model")
    assert "Too few issues have a type" in learned.output
    said = json.loads(run("predict", "--model", tmp_path / "model", bare).stdout)
    assert said == {"number": 1, "labels": [], "type": "bug"}


def test_a_broken_history_is_named_with_its_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"number": 1}\n{\n')
    result = run("learn", broken, "--out", tmp_path / "model")
    assert result.exit_code == 2
    assert "broken.jsonl, line 2" in result.output
    assert not (tmp_path / "model").exists()


def test_a_file_that_is_no_model_is_refused(past: Path) -> None:
    result = run("predict", "--model", past, past)
    assert result.exit_code == 2
    assert "no model file" in result.output


def test_types_are_told_by_meaning_where_a_sentence_model_is_given(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tokenizers")
    past, new, file = (tmp_path / name for name in ("history.jsonl", "new.jsonl", "model"))
    lines = [(n, ("abort", "bug") if n % 2 else ("guide", "question")) for n in range(1, 121)]
    past.write_text(
        "".join(json.dumps({"number": n, "title": t, "labels": [k]}) + "\n" for n, (t, k) in lines)
    )
    new.write_text(json.dumps({"number": 900, "title": "Segfault"}))  # near "abort" in meaning alone
    given = ["--sentence-model", TINY]
    assert run("learn", past, "--out", file, *given).exit_code == 0
    assert run("evaluate", past, *given).exit_code == 0
    with_meaning, without = run("predict", "--model", file, new, *given), run("predict", "--model", file, new)
    assert (with_meaning.exit_code, with_meaning.stderr, without.exit_code) == (0, "", 0)
    assert json.loads(with_meaning.stdout)["type"] == "bug"
    assert with_meaning.stdout != without.stdout


def test_another_sentence_model_than_the_one_learned_with_is_told(model: Path, past: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tokenizers")
    told = run("predict", "--model", model, past, "--sentence-model", TINY)
    assert "words alone decide" in told.stderr
    assert told.stdout == run("predict", "--model", model, past).stdout


def test_a_folder_without_a_sentence_model_is_refused_in_a_line(past: Path, tmp_path: Path) -> None:
    told = run("evaluate", past, "--sentence-model", tmp_path / "nowhere")
    assert told.exit_code == 2
    assert len(told.stderr.splitlines()) == 1

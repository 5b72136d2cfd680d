import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from tests.datasets.samples import ADDRESS, TEXT


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["scan", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_findings_columns_and_coverage_are_printed_as_json(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"mail,age\n{ADDRESS},7\n")
    (tmp_path / "weights.bin").write_bytes(bytes(100))
    code, out, _ = run(tmp_path, "--json")
    said = json.loads(out)
    assert code == 1
    (finding,) = said["findings"]
    assert finding == {
        "kind": "email_address",
        "tier": "verified",
        "file": (tmp_path / "a.csv").as_posix(),
        "row": 1,
        "column": "mail",
        "start": 0,
        "end": len(ADDRESS),
        "score": 0.9,
    }
    assert [column["name"] for column in said["columns"]] == ["mail", "age"]
    assert said["coverage"]["complete"] is False
    assert said["coverage"]["not_scanned"] == [(tmp_path / "weights.bin").as_posix()]


def test_people_are_told_how_much_was_looked_at(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    code, out, _ = run(tmp_path)
    assert code == 1
    assert "1 email_address (verified)" in out
    assert "in 1 row or line of 1 file; 0 not scanned" in out
    assert ADDRESS not in out


def test_nothing_found_in_files_that_were_all_scanned_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("nothing here\n")
    assert run(tmp_path)[0] == 0


def test_spans_are_those_of_each_text(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text(
        json.dumps({"id": 7, "text": f"é {TEXT}"}) + "\n" + json.dumps({"id": "b", "text": ""}) + "\n"
    )
    code, out, _ = run("--spans", file)
    start = f"é {TEXT}".index(ADDRESS)
    assert code == 0
    assert [json.loads(line) for line in out.splitlines()] == [
        {"id": 7, "spans": [[start, start + len(ADDRESS), "email_address"]]},
        {"id": "b", "spans": []},
    ]


@pytest.mark.parametrize("line", ["{", '{"id": 1}', '{"id": 1, "text": 2}', "[]"])
def test_a_line_that_is_no_text_is_named_without_what_is_in_it(tmp_path: Path, line: str) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text(line)
    code, _, err = run("--spans", file)
    assert code == 2
    assert "line 1" in err


def test_kinds_of_ones_own_are_looked_for_too(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("by ACME-004211\n")
    own = tmp_path / "kinds.yml"
    own.write_text(
        "kinds:\n  - {name: staff_id, title: staff number, pattern: 'ACME-[0-9]{6}', alone: verified, "
        "source: ours}\n"
    )
    code, out, _ = run(tmp_path / "a.txt", "--kinds", own)
    assert (code, "1 staff_id (verified)" in out) == (1, True)


@pytest.mark.parametrize(
    "wrong", ["pattern: '('", "pattern: 'a*'", "pattern: a, check: 'stdnum:..os'", "pattern: a, check: eval"]
)
def test_a_kind_that_cannot_be_looked_for_is_told_with_its_line(tmp_path: Path, wrong: str) -> None:
    own = tmp_path / "kinds.yml"
    own.write_text(f"kinds:\n  - {{name: own_kind, title: own, source: ours, {wrong}}}\n")
    code, _, err = run(tmp_path, "--kinds", own)
    assert code == 2
    assert ":2:" in err


def test_nothing_to_scan_is_told() -> None:
    code, _, err = run()
    assert code == 2
    assert "name the files and folders to scan" in err

from pathlib import Path

import pytest

from bot.release.files import inspect_folder
from bot.release.gates import file_formats
from bot.release.gates.results import Candidate, GateResult, Outcome
from bot.release.gates.second_opinion import Verdict, judged, scanner, second_opinion
from tests.release.hostile_files import CLEAN, HOSTILE, SAFE, write

RUNS_CODE = (
    "weights.pkl",
    "pytorch_model.bin",
    "inner.zip",
    "object.npy",
    "model.tar",
    "lambda.keras",
    "pickle.safetensors",
)
"""Files that run code when they are loaded, of each kind one."""


def judge(folder: Path) -> GateResult:
    found = inspect_folder(folder)
    return file_formats.check(Candidate(folder, None, files=found.files, odd=found.odd))


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> GateResult:
    folder = tmp_path_factory.mktemp("hostile")
    write(folder, {**HOSTILE, "model.safetensors": SAFE})
    return judge(folder)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_by_name(refused: GateResult, name: str) -> None:
    assert refused.outcome is Outcome.FAIL
    assert any(line.startswith(f"{name}: ") for line in refused.evidence)


def test_nothing_else_is_refused_with_them(refused: GateResult) -> None:
    assert not any(line.startswith("model.safetensors") for line in refused.evidence)
    *files, last = refused.evidence
    assert len(files) == len(HOSTILE)
    assert last.startswith("modelaudit is asked only")


def test_clean_files_pass_together(tmp_path: Path) -> None:
    write(tmp_path, CLEAN)
    answer = judge(tmp_path)
    assert answer.outcome is Outcome.PASS, answer.evidence


@pytest.mark.parametrize("name", ["tiny.gguf", "tiny.onnx", "extra.safetensors"])
def test_weights_of_each_format_are_enough(tmp_path: Path, name: str) -> None:
    write(tmp_path, {name: CLEAN[name]})
    assert judge(tmp_path).outcome is Outcome.PASS


def test_what_a_file_really_is_is_said(refused: GateResult) -> None:
    said = "\n".join(refused.evidence)
    assert "weights.dat: files of this kind are not released; it is a pickle, which runs code" in said
    assert "old_pickle.txt: it is a pickle" in said
    assert "tar.txt: it is " in said


def test_links_and_odd_names_are_refused_and_cannot_be_waived(tmp_path: Path) -> None:
    write(tmp_path, {"model.safetensors": SAFE, ".hidden/x.json": b"{}", "con?.json": b"{}"})
    (tmp_path / "link.json").symlink_to("/etc/passwd")
    (tmp_path / "folder").symlink_to("/etc")
    answer = judge(tmp_path)
    assert [line.partition(": ")[0] for line in answer.evidence] == [
        ".hidden/x.json",
        "con?.json",
        "folder",
        "link.json",
    ]
    assert not answer.waivable


def test_without_the_second_scanner_the_result_says_so(tmp_path: Path) -> None:
    opinion = second_opinion(tmp_path)
    if opinion.is_there:
        pytest.skip("modelaudit is installed here")
    write(tmp_path, CLEAN)
    assert opinion.words[0] in judge(tmp_path).evidence


def issue(severity: str = "info", **details: object) -> dict[str, object]:
    return {"severity": severity, "location": "/m/a.onnx", "message": "said", "details": details}


@pytest.mark.parametrize(
    ("code", "issues", "verdict"),
    [
        (0, [], Verdict.NOTHING_AGAINST),
        (0, [issue()], Verdict.NOTHING_AGAINST),
        (1, [issue("warning")], Verdict.AGAINST),
        (1, [], Verdict.AGAINST),
        (2, [issue("critical"), issue(analysis_incomplete=True)], Verdict.AGAINST),
        (2, [issue(analysis_incomplete=True, required_package="onnx")], Verdict.NOTHING_AGAINST),
        (2, [issue(analysis_incomplete=True)], Verdict.UNKNOWN),
        (2, [], Verdict.UNKNOWN),
        (0, None, Verdict.UNKNOWN),
        (-9, [], Verdict.UNKNOWN),
    ],
)
def test_the_second_scanner_is_read_by_what_it_reports(code: int, issues: object, verdict: Verdict) -> None:
    assert judged(code, {"issues": issues}, Path("/m")).verdict is verdict
    assert judged(code, None, Path("/m")).verdict is Verdict.UNKNOWN


def test_what_the_second_scanner_found_is_said_with_the_file() -> None:
    opinion = judged(1, {"issues": [issue("critical")]}, Path("/m"))
    assert opinion.words == ("modelaudit: a.onnx: said",)


needs_scanner = pytest.mark.skipif(scanner() is None, reason="needs modelaudit; make modelaudit")


@needs_scanner
def test_the_second_scanner_has_nothing_against_clean_files(tmp_path: Path) -> None:
    write(tmp_path, CLEAN)
    opinion = second_opinion(tmp_path)
    assert opinion.verdict is Verdict.NOTHING_AGAINST, opinion.words
    assert judge(tmp_path).outcome is Outcome.PASS


@needs_scanner
def test_the_second_scanner_is_against_each_kind_of_pickle_by_itself(tmp_path: Path) -> None:
    missed = []
    for name in RUNS_CODE:
        folder = tmp_path / name.replace(".", "_")
        folder.mkdir()
        write(folder, {name: HOSTILE[name]})
        if second_opinion(folder).verdict is Verdict.NOTHING_AGAINST:
            missed.append(name)
    assert missed == []

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.environment import read_environment
from bot.triage.forms import missing_from_bug, pressing

COMPLETE = """\
torch 2.4.0, Python 3.11, RTX 4090 with driver 550.54

```python
from transformers import AutoModel
model = AutoModel.from_pretrained("org/model-7b")
```

Traceback (most recent call last):
  File "a.py", line 2, in <module>
RuntimeError: CUDA error: an illegal memory access was encountered
"""


@dataclass(frozen=True)
class Shown:
    frames: tuple[object, ...] = ()
    truncated: bool = False


def asked(title: str, body: str = "", *, repository_is_ai: bool = False) -> list[str]:
    return [one.label for one in missing_from_bug(title, body, repository_is_ai=repository_is_ai)]


def test_a_complete_report_is_asked_for_nothing() -> None:
    assert asked("CUDA error when loading the model", COMPLETE) == []


def test_an_empty_report_is_asked_for_what_concerns_it() -> None:
    assert asked("RuntimeError in torch.compile") == ["Traceback", "Code", "Versions", "Python"]
    assert asked("CUDA out of memory when loading my model with torch") == [
        "Traceback", "Code", "Versions", "Model", "Accelerator", "Python",
    ]  # fmt: skip
    assert "Dataset" in asked("torch hangs when it goes through my dataset")


def test_the_three_that_matter_most_are_asked_for() -> None:
    found = missing_from_bug("CUDA out of memory when loading my model with torch", "")
    assert [one.label for one in pressing(found[::-1])] == ["Traceback", "Code", "Versions"]


def test_what_matters_less_is_asked_for_beside_what_matters_and_never_alone() -> None:
    found = {one.label: one for one in missing_from_bug("torch error with my dataset", "")}
    assert pressing([found["Python"], found["Dataset"]]) == ()
    assert pressing([found["Dataset"], found["Code"]]) == (found["Code"], found["Dataset"])
    assert pressing([]) == ()


def test_steps_count_as_what_shows_the_problem() -> None:
    assert "Code" not in asked("torch error", "1. Open the page\n2. Press the button")
    assert "Code" not in asked("torch error", "See https://codesandbox.io/s/abc")
    assert "Code" in asked("torch error", "1. Open the page")


@pytest.mark.parametrize(
    "shown",
    [
        "Error: nothing there\n    at load (main.js:3:5)\n    at main.js:8:1",
        "emit@moz-extension://12/build/main.js:244:22\nlistener@moz-extension://12/build/main.js:544:41",
        "#0  load (path=0x7f) at a.c:3\n#1  main () at b.c:9",
        "torch/csrc/Module.cpp:12: check failed\ntorch/csrc/Module.cpp:40: called from here",
    ],
)
def test_the_frames_of_other_languages_are_a_traceback(shown: str) -> None:
    assert "Traceback" not in asked("torch crashes", f"```\n{shown}\n```")


@pytest.mark.parametrize(
    "told",
    [
        "### Library version\n\n4.27.1-47f63dc54",
        "The tool is at 4.20.0.",
        "Compiling main at e1bf5470f919",
        "It is so on the latest main",
        "Library (version, if from a package): v2.10",
        "See https://codesandbox.io/s/abc",
        "https://github.com/octo/models/actions/runs/12",
    ],
)
def test_a_version_is_told_in_many_ways(told: str) -> None:
    assert "Versions" not in asked("torch crashes", told)


@pytest.mark.parametrize("told", ["It listens on 127.0.0.1", "It takes 2.5 seconds", "See 3.1"])
def test_other_numbers_are_no_version(told: str) -> None:
    assert "Versions" in asked("torch crashes", told)


def test_with_code_to_run_an_error_that_is_quoted_will_do() -> None:
    quoted = "```\nInput 0 is invalid\n```\n"
    assert "Traceback" in asked("torch crashes", quoted)
    assert "Traceback" not in asked("torch crashes", f"{quoted}\n```\n$ python run.py\n```\n")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("I get an error", True),
        ("It ends with the following error", True),
        ("This strange error comes up", True),
        ("I see many errors", True),
        ("It ends with no errors", False),
        ("The error checking is skipped", False),
        ("There are no errors in the console", False),
    ],
)
def test_a_traceback_is_asked_for_where_an_error_came_up(told: str, expected: bool) -> None:
    assert ("Traceback" in asked("torch quits", told)) is expected


def test_code_that_expects_errors_speaks_of_none() -> None:
    body = "```python\nimport torch\ntry:\n    pass\nexcept ValueError:\n    raise\n```"
    assert "Traceback" not in asked("torch is slow", body)
    assert "Traceback" in asked("torch is slow", "It raises ValueError now and then")


def test_python_is_asked_for_where_something_of_python_is_mentioned() -> None:
    assert "Python" not in asked("[Bug] The page crashes", repository_is_ai=True)
    assert "Python" in asked("[Bug] The page crashes", "I installed it with pip", repository_is_ai=True)


def test_a_report_about_words_is_asked_for_nothing() -> None:
    assert asked("Typo in the documentation of from_pretrained", repository_is_ai=True) == []
    assert asked("Broken link in the tutorial for torch") == []


def test_a_report_that_is_not_about_ai_is_asked_for_nothing() -> None:
    assert asked("The editor crashes", "GPU Status: enabled. Traceback (most recent call last)") == []
    assert asked("It crashes", repository_is_ai=True) == ["Traceback", "Code", "Versions"]


def test_the_headings_of_a_form_are_not_what_a_report_is_about() -> None:
    assert "Accelerator" not in asked("torch crashes", "### GPU model and memory\n\n_No response_")


def test_the_name_of_a_tool_at_the_beginning_of_a_line_is_no_command() -> None:
    for line in (
        "Python 3.11, torch 2.5",
        "Python version: 3.11",
        "vLLM 0.6.3",
        "docker 24.0",
        "make it work",
    ):
        assert "Code" in asked("torch error", line), line
    for line in (
        "python run.py",
        "$ python3 -m train",
        "vllm serve org/m",
        "pip install torch",
        "./main -m x",
    ):
        assert "Code" not in asked("torch error", line), line


def test_comments_of_a_template_are_not_looked_at() -> None:
    assert "Code" in asked("torch error", "<!-- import torch -->")


def test_better_readers_count_more_than_words() -> None:
    environment = read_environment(
        "PyTorch version: 2.4.0\nPython version: 3.11.4 (64-bit runtime)\nIs CUDA available: True\n"
    )
    found = missing_from_bug("torch error", "see the file", environment=environment)
    assert [one.label for one in found] == ["Traceback", "Code"]
    cut = missing_from_bug("torch error", COMPLETE, failures=[Shown(truncated=True)])
    assert [one.label for one in cut] == ["Traceback"]
    whole = missing_from_bug("torch error", "x", failures=[Shown()])
    assert "Traceback" not in [one.label for one in whole]


def test_a_large_hostile_text_is_read() -> None:
    for text in (
        "from_pretrained(" * 60_000,
        "torch " * 160_000,
        "traceback (most recent call last)\n" * 30_000,
    ):
        asked("error", text, repository_is_ai=True)


@given(st.text(max_size=200), st.text(max_size=400))
def test_any_text_is_read(title: str, body: str) -> None:
    missing_from_bug(title, body, repository_is_ai=True)


@pytest.mark.parametrize(
    "shown",
    [
        "    #00 pc 000258ac  /app/lib.apk!libtensorflowlite_jni.so",
        "npm ERR! code 1",
        "➤ YN0001: │ Error: While cloning /a -> /b",
        "ERROR: Could not find a version that satisfies the requirement torch==1.15.2",
        "csrc/ops.cu(12): error: identifier is undefined",
        "connect ECONNREFUSED 127.0.0.1:8000",
        "https://colab.research.google.com/drive/1ecu",
        "[error.log](https://github.com/octo/models/files/10302790/error.log)",
    ],
)
def test_what_has_no_calls_to_show_is_shown_whole_otherwise(shown: str) -> None:
    assert "Traceback" in asked("torch crashes", "It raised an error.")
    assert "Traceback" not in asked("torch crashes", f"It raised an error.\n{shown}")


@pytest.mark.parametrize("shown", ["`error: it could not connect`", "```error: it could not connect\n```"])
def test_what_is_quoted_within_a_line_or_beside_a_fence_is_shown(shown: str) -> None:
    body = f"It raised an error with `python train.py`: \n{shown}"
    assert "Traceback" not in asked("torch crashes", body)


@pytest.mark.parametrize(
    "told",
    [
        "git clone https://github.com/octo/models",
        "At 40c6c85c05812ee8bf824b639307b1ac17a001c4 with the nightly job",
        "/home/runner/work/models/models/train.py",
    ],
)
def test_what_was_built_from_its_sources_has_their_version(told: str) -> None:
    assert "Versions" in asked("torch crashes")
    assert "Versions" not in asked("torch crashes", told)


def test_what_a_table_lists_is_not_told() -> None:
    table = "|Item|Value|\n|---|---|\n|GPU Status|2d_canvas: enabled|\n|Process Argv|--crash-reporter-id 9|"
    assert "Traceback" not in asked("torch has no icon", table)
    assert "Traceback" in asked("torch has no icon", f"{table}\nIt crashes.")


def test_python_is_asked_for_beside_versions_alone() -> None:
    found = {one.label: one for one in missing_from_bug("torch error while training", "")}
    assert pressing([found["Traceback"], found["Python"]]) == (found["Traceback"],)
    assert pressing([found["Versions"], found["Python"]]) == (found["Versions"], found["Python"])

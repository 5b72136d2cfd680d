from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.labeler.globs import MAX_EXPANSIONS, MAX_GLOB, glob
from bot.triage.labeler.segments import GlobError

MINIMATCH = Path(__file__).parent / "minimatch"
UNSUPPORTED = {"@(a!(b)|b)", "src/!(!(a)).py"}
"""A refusal inside another group; minimatch 10 and 11 do not agree on what it means either."""


def read(name: str) -> Any:
    return json.loads((MINIMATCH / name).read_text())


def test_paths_match_as_the_real_minimatch_says_wherever_its_versions_agree() -> None:
    paths = read("questions.json")["paths"]
    wrong = {}
    for ten, eleven in zip(read("answers-10.json"), read("answers-11.json"), strict=True):
        if ten[0] in UNSUPPORTED:
            continue
        for dot, answers in ((True, (ten[1], eleven[1])), (False, (ten[2], eleven[2]))):
            ours = [place for place, path in enumerate(paths) if glob(ten[0]).matches(path, dot=dot)]
            if ours not in answers:
                wrong[ten[0], dot] = [paths[place] for place in set(ours) ^ set(answers[0])]
    assert wrong == {}


def test_random_globs_match_random_paths_as_the_real_minimatch_says() -> None:
    paths = read("random-questions.json")["paths"]
    wrong, unsupported = [], 0
    for text, *answers in read("random-answers-10.json"):
        try:
            understood = glob(text)
        except GlobError:
            unsupported += 1
            continue
        for dot, expected in zip((True, False), answers, strict=True):
            ours = [place for place, path in enumerate(paths) if understood.matches(path, dot=dot)]
            if ours != expected:
                wrong.append((text, dot))
    assert wrong == []
    assert unsupported < 25


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a" * (MAX_GLOB + 1), "at most"),
        ("{a,b}" * 12, f"more than {MAX_EXPANSIONS}"),
        ("{1..999999999}", f"more than {MAX_EXPANSIONS}"),
        ("!(a)x!(b)!(c)", "between two slashes"),
        ("@(a|!(b))", "inside another group"),
        ("x/" + "!(a)/" * 5, "more than 4 times"),
        ("+(" * 20 + "a" + ")" * 20, "nested"),
    ],
)
def test_what_is_not_supported_is_refused_with_a_reason(text: str, complaint: str) -> None:
    with pytest.raises(GlobError, match=complaint):
        glob(text)


def test_a_glob_that_makes_others_backtrack_is_answered_at_once_for_a_long_path() -> None:
    path = "a" * 4_000
    for text in ("**/*a*a*a*a*a*a*a*a*b", "+(a|aa|aaa)b", "*(*(*(a)))b", "a*!(b)*c", "*!(a)b"):
        assert not glob(text).matches(path)


@given(st.text(alphabet="ab./*?![]{},()|+@\\-^:#0\x00é\ud800", max_size=60), st.text(max_size=60))
def test_any_text_is_a_glob_or_is_refused(text: str, path: str) -> None:
    with suppress(GlobError):
        assert glob(text).matches(path) in {True, False}

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.similar.guards import difference

DIFFERENT = [
    ("Support for T5Gemma", "Support for T5Gemma 2", "numbers differ"),
    ("Wrong output with tp=4 on Llama", "Wrong output with tp=8 on Llama", "numbers differ: 4, 8"),
    ("EAGLE-v2 speculative decoding is slow", "EAGLE-v3 speculative decoding is slow", "numbers differ"),
    ("Upgrade Netty to 4.1.86", "Upgrade Netty to 4.1.89", "numbers differ"),
    ("Wrong results on gfx942 with attention", "Wrong results on gfx90a with attention", "numbers differ"),
    ("Attention kernel hangs on CUDA", "Attention kernel hangs on ROCm", "about CUDA, the other about ROCm"),
    ("Build fails on Windows runner", "Build fails on Linux runner", "about Windows"),
    ("Loading AWQ weights is slow", "Loading GPTQ weights is slow", "about AWQ"),
    ("Remove WhiteBox from the scheduler", "Remove WhiteBox from the executor", "one names scheduler"),
    ("Migrate permission checks to pytest", "Migrate contract checks to pytest", "one names permission"),
    ("Release tokenizers for the mirror", "Upgrade tokenizers for the mirror", "another kind of work"),
    ("Add benchmark of paged attention", "Add paged attention", "another kind of work"),
    (
        "Remove unused imports everywhere",
        "Remove unused imports everywhere in hadoop-tools",
        "only one is about",
    ),
    ("[serving] Handle release of memory", "Handle release of memory", "only one is about serving"),
    ("Roadmap of the third quarter", "Roadmap of the third quarter", "planned work"),
    ("[CI Failure]: multi modal models", "[CI Failure]: multi modal models", "planned work"),
    ("CUDA out of memory", "CUDA out of memory", "says too little"),
    ("RuntimeError: an illegal memory access", "RuntimeError: an illegal memory access", "says too little"),
    ("[Bug]: ", "[Bug]: ", "says too little"),
    ("Feature request", "Feature request", "says too little"),
    ("", "Everything is lost on resume", "says too little"),
]

SAME = [
    ("Test failure in ITestNetworkStatistics", "ITestNetworkStatistics: testcase failing"),
    ("Replace HTrace with No-Op tracer", "Replace HTrace with NoOp tracer"),
    ("Update properties of JournalNode", "Update properties of journal node"),
    ("Bump jackson-databind to 2.9.10", "Upgrade jackson-databind to v2.9.10"),
    ("[Bug]: scheduler starves short requests", "Scheduler starves short requests!"),
    ("Crash when resuming from checkpoint", "Resume from checkpoint crashes"),
    ("CUDA out of memory when merging LoRA adapters", "Merging LoRA adapters: CUDA out of memory"),
]


@pytest.mark.parametrize(("title", "other", "reason"), DIFFERENT)
def test_lookalikes_are_told_apart_both_ways_round(title: str, other: str, reason: str) -> None:
    assert reason in str(difference(title, other))
    assert difference(other, title) is not None


@pytest.mark.parametrize(("title", "other"), SAME)
def test_one_thing_in_two_wordings_is_let_through(title: str, other: str) -> None:
    assert difference(title, other) is None
    assert difference(other, title) is None


def test_a_series_by_one_author_is_held_back_and_a_double_post_is_not() -> None:
    title, other = "Scheduler starves requests", "Scheduler starves short requests"
    assert difference(title, other, author="ada", other_author="ada") == "written by the same person"
    assert difference(title, title, author="ada", other_author="ada") is None
    assert difference(title, other, author="ada", other_author="bob") is None


@pytest.mark.parametrize("bot", ["github-actions[bot]", "pytorch-bot", "k8s-ci-robot"])
def test_what_programs_open_is_held_back(bot: str) -> None:
    title = "Scheduler starves short requests"
    assert difference(title, title, author=bot) == "written by a bot"
    assert difference(title, title, other_author=bot) == "written by a bot"


def test_the_same_failure_excuses_other_words_but_no_other_version() -> None:
    assert difference("Engine dies on start", "Server exits while booting", same_error=True) is None
    assert difference("Engine 1.2 dies", "Engine 1.3 dies quietly", same_error=True) is not None


@given(st.text(), st.text())
def test_any_titles_are_compared_and_the_order_does_not_matter(title: str, other: str) -> None:
    assert (difference(title, other) is None) == (difference(other, title) is None)


@pytest.mark.parametrize("title", ["a-" * 500_000, "[" * 1_000_000, "1." * 500_000, "x" * 1_000_000])
def test_a_title_of_a_megabyte_is_read_in_part(title: str) -> None:
    difference(title, title + "y")

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.environment import read_environment, without_environment
from bot.triage.environment.lines import MAX_CHARACTERS, MAX_LINE, read_lines
from bot.triage.environment.reading import MAX_GPUS, MAX_PACKAGES

MEGABYTE = 1_000_000
PIECES = [
    "- `transformers` version: 4.1",
    "Collecting environment information...",
    "PyTorch version: 2.1",
    "OS: Ubuntu",
    "Is CUDA available: True",
    "GPU 0: NVIDIA",
    "[pip3] torch==2.1",
    "Package  Version",
    "------- -------",
    "torch 2.1",
    "torch==2.1",
    "| NVIDIA-SMI 550.1  Driver Version: 550.1  CUDA Version: 12.4 |",
    "|   0  Tesla T4   Off |",
    "System:",
    "python: 3.1",
    "Python dependencies:",
    "jax: 1",
    "jaxlib: 1",
    "```",
    "~~~",
    "<details>",
    "### OS",
    "> quoted: 1",
    "\x1b[31m",
    "\x00",
    "",
    " ",
    "٣: ٣",
    "=====",
    "nvcc: NVIDIA (R)",
    "Cuda compilation tools, release 12.1, V1",
]
HOSTILE = [
    "a",
    "\n",
    "a\n",
    ":",
    "GPU 0: a (",
    "PyTorch version: 2.1\n",
    "a==1\n",
    "a==1 ",
    "jax: 1\njaxlib: 1\n\n\n\nCollecting environment information...\n",
    "\x1b[",
    "> ",
    "1.",
    "| NVIDIA-SMI 1\n|\n",
    "Package Version\n",
    "```\n",
    "- " * 50 + "\n",
    "[pip3] a " * 20,
    "torch @ http://a/" + "-" * 80,
]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    read_environment(text)
    assert without_environment(text).count("\n") == text.count("\n")


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=30)), max_size=40).map("\n".join))
def test_any_mixture_of_blocks_is_read(text: str) -> None:
    environment = read_environment(text)
    lines = text.split("\n")
    for block in environment.blocks:
        assert 1 <= block.first <= block.last <= len(lines)
    ends = [(block.first, block.last) for block in environment.blocks]
    assert ends == sorted(ends)
    assert read_environment(without_environment(text)).blocks == ()


@pytest.mark.parametrize("piece", HOSTILE, ids=range(len(HOSTILE)))
def test_a_megabyte_is_read_within_bounds(piece: str) -> None:
    text = piece * (MEGABYTE // len(piece))
    environment = read_environment(text)
    assert len(environment.packages) <= MAX_PACKAGES
    assert len(environment.gpus) <= MAX_GPUS
    assert all(len(fact.value) < 300 for fact in environment.packages.values())
    assert without_environment(text).count("\n") == text.count("\n")


def test_no_more_than_the_stated_size_is_looked_at() -> None:
    lines = read_lines("ab\n" * MEGABYTE)
    assert sum(len(line.text) + 1 for line in lines) <= MAX_CHARACTERS + 1
    assert len(read_lines("a" * MEGABYTE)[0].text) == MAX_LINE

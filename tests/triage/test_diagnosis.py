from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.diagnosis import LABELS, diagnose, labels_from

SITE = "/usr/lib/python3.11/site-packages"
TOKENIZER = f"""\
Traceback (most recent call last):
  File "/home/bob/x.py", line 3, in <module>
    tok = AutoTokenizer.from_pretrained("x")
  File "{SITE}/transformers/tokenization_utils_base.py", line 2223, in from_pretrained
    return cls._from_pretrained(
  File "{SITE}/transformers/convert_slow_tokenizer.py", line 533, in convert
    raise ValueError("x")
ValueError: the slow tokenizer could not be converted to a fast one for model 'abc'
"""
MEMORY = f"""\
Traceback (most recent call last):
  File "{SITE}/torch/nn/modules/linear.py", line 114, in forward
    return F.linear(input)
torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.
"""
ENVIRONMENT = """\
PyTorch version: 2.4.0+cu121
Python version: 3.11.4 (64-bit runtime)
Is CUDA available: True
OS: Ubuntu 22.04.4 LTS (x86_64)
"""
OTHER = """\
- `transformers` version: 4.44.0
- Platform: Linux-5.15
- Python version: 3.9.2
- PyTorch version (GPU?): 2.3.0 (True)
"""


def proposed(text: str) -> set[str]:
    return {one.name for one in diagnose(text).proposals}


def test_a_failure_is_known_by_its_fingerprint_and_named_in_a_few_words() -> None:
    ((mark, name),) = diagnose(TOKENIZER).failures.items()
    assert len(mark) == 16
    assert name.startswith("ValueError: the slow tokenizer")
    assert list(diagnose(f"Hello\n\n```\n{TOKENIZER.replace('abc', 'xyz')}```").failures) == [mark]


def test_a_failure_anybody_has_is_not_grouped_and_says_why() -> None:
    found = diagnose(MEMORY)
    assert not found.failures
    assert found.unknown
    assert [hint.id for hint in found.hints] == ["cuda-out-of-memory"]


def test_labels_come_from_frames_and_the_common_accelerator_only_where_the_device_failed() -> None:
    assert proposed(TOKENIZER) == {"tokenizer", "transformers"}
    assert proposed(f"{TOKENIZER}\n{ENVIRONMENT}") == {"tokenizer", "transformers"}
    assert "cuda" in proposed(f"{MEMORY}\n{ENVIRONMENT}")
    assert proposed(ENVIRONMENT) == set()


def test_a_rare_accelerator_is_told_with_any_failure() -> None:
    amd = ENVIRONMENT.replace("2.4.0+cu121", "2.4.0+rocm6.1") + "ROCM used to build PyTorch: 6.1\n"
    assert "rocm" in proposed(f"{TOKENIZER}\n{amd}")


def test_blocks_that_disagree_are_told_and_versions_compared_in_words_are_not() -> None:
    found = diagnose(f"```\n{ENVIRONMENT}```\n\n{OTHER}")
    assert {one.what for one in found.contradictions} == {"Python", "torch"}
    assert "two-versions" not in {hint.id for hint in found.hints}
    assert not diagnose(f"It works with torch 2.3.0.\n\n```\n{ENVIRONMENT}```\n").contradictions


def test_only_labels_that_exist_are_proposed_and_not_more_than_a_few() -> None:
    proposals = diagnose(TOKENIZER).proposals
    assert list(labels_from(proposals, ["area: tokenizer", "bug"], {})) == ["area: tokenizer"]
    assert labels_from(proposals, ["area: tokenizer"], {"tokenizer": None}) == {}
    assert list(labels_from(proposals, ["text"], {"tokenizer": "text", "transformers": "text"})) == ["text"]
    assert len(labels_from(proposals * 5, [f"area: {one.name}" for one in proposals], {})) <= LABELS


def test_a_report_of_nothing_shows_nothing() -> None:
    assert diagnose("Thank you all").is_empty


@given(text=st.text(max_size=400))
def test_any_text_is_read_alike_every_time(text: str) -> None:
    assert diagnose(text) == diagnose(text)


@pytest.mark.parametrize(
    "text", [TOKENIZER * 300, ENVIRONMENT * 800, "Traceback (most recent call last):\n" * 3_000]
)
@pytest.mark.timeout(20)
def test_a_hostile_report_is_read_quickly(text: str) -> None:
    diagnose(text)

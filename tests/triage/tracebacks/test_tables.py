import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.tracebacks.tables import Sign, signs, standard_rules, stops

LOOSE = re.compile(r"(?<!\\)[*+](?!\])|\{\d*,\}")


@pytest.mark.parametrize("sign", [sign for sign in signs().signs if sign.alone], ids=lambda sign: sign.type)
@given(data=st.data())
def test_every_sign_has_one_of_the_words_looked_for_first(sign: Sign, data: st.DataObject) -> None:
    line = data.draw(st.from_regex(sign.match))
    assert any(word in line.lower() for word in signs().words)


def test_no_pattern_of_the_tables_repeats_without_bound() -> None:
    patterns = [sign.match.pattern for sign in signs().signs] + [stop.match.pattern for stop in stops()]
    assert [pattern for pattern in patterns if LOOSE.search(pattern)] == []


def test_every_stop_has_a_reason() -> None:
    assert all(len(stop.reason) > 8 for stop in stops())


@pytest.mark.parametrize(
    ("module", "component"),
    [
        ("torch.distributed.checkpoint.planner", "serialization"),
        ("torch.distributed.fsdp", "distributed"),
        ("torch.anything", ""),
        ("vllm.v1.attention.backends.flash_attn", "attention"),
        ("vllm.model_executor.layers.quantization.fp8", "quantization"),
    ],
)
def test_the_longest_prefix_counts(module: str, component: str) -> None:
    part = standard_rules().part_of(module)
    assert part
    assert part.component == component


def test_a_prefix_is_of_whole_names() -> None:
    assert standard_rules().part_of("torchfoo.distributed") is None

"""Read the environment out of an issue's text, and give the text without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from types import MappingProxyType

from bot.triage.environment.dumps import read_dump
from bot.triage.environment.facts import (
    Block,
    BlockKind,
    Contradiction,
    Environment,
    Fact,
    Reading,
    Source,
    Subject,
)
from bot.triage.environment.lines import Line, read_lines
from bot.triage.environment.nvidia import read_devices, read_nvcc, read_smi
from bot.triage.environment.packages import read_freeze, read_list
from bot.triage.environment.stated import read_stated
from bot.triage.environment.versions import agree

MAX_GPUS = 64
"""Devices kept at most."""
MAX_PACKAGES = 2_000
"""Packages kept at most."""

_Reader = Callable[[Sequence[Line], int], tuple[Block | None, int]]
_READERS: tuple[_Reader, ...] = (read_smi, read_devices, read_nvcc, read_list, read_freeze, read_dump)
_RANK = ("npu", "hpu", "tpu", "xpu", "rocm", "mps", "cuda", "cpu")
"""Which accelerator counts where several are said: ROCm and others also answer PyTorch's CUDA questions."""
_ONE_OF = (Subject.PYTHON, Subject.DRIVER, Subject.CUDA_BUILD, Subject.CUDA_RUNTIME, Subject.CUDA_DRIVER)


def read_environment(text: str) -> Environment:
    """Read every environment block of a text, in fences, in ``<details>`` or bare, and what is said outside.

    Reads at most ``lines.MAX_CHARACTERS`` characters; raises nothing on any text.
    """
    lines = read_lines(text)
    blocks = _find_blocks(lines)
    inside = _inside(blocks)
    stated = read_stated([line for line in lines if line.number not in inside])
    return _assemble(blocks, stated)


def without_environment(text: str) -> str:
    """Give the text with its environment blocks emptied; every line keeps its number."""
    inside = _inside(_find_blocks(read_lines(text)))
    if not inside:
        return text
    kept = ("" if number in inside else line for number, line in enumerate(text.split("\n"), start=1))
    return "\n".join(kept)


def _find_blocks(lines: Sequence[Line]) -> tuple[Block, ...]:
    found: list[Block] = []
    at = 0
    while at < len(lines):
        block, at = _read_at(lines, at)
        if block:
            found.append(block)
    return tuple(found)


def _read_at(lines: Sequence[Line], at: int) -> tuple[Block | None, int]:
    furthest = at + 1
    if lines[at].text:
        for read in _READERS:
            block, end = read(lines, at)
            if block:
                return block, end
            # A reader that gave up has looked at the lines up to there: none begins a block of its kind.
            furthest = max(furthest, end)
    return None, furthest


def _inside(blocks: Iterable[Block]) -> set[int]:
    return {number for block in blocks for number in range(block.first, block.last + 1)}


def _assemble(blocks: tuple[Block, ...], stated: Iterable[Reading]) -> Environment:
    facts: dict[Subject, list[Fact]] = {}
    packages: dict[str, list[Fact]] = {}
    said = [(block.kind, reading) for block in blocks for reading in block.readings]
    said += [(BlockKind.STATED, reading) for reading in stated]
    for kind, reading in said:
        fact = Fact(reading.value, Source(kind, reading.line))
        if reading.subject is not Subject.PACKAGE:
            facts.setdefault(reading.subject, []).append(fact)
        elif reading.package in packages or len(packages) < MAX_PACKAGES:
            packages.setdefault(reading.package, []).append(fact)
    alone = [(subject.value, facts[subject]) for subject in _ONE_OF if subject in facts]

    def first(subject: Subject) -> Fact | None:
        return facts[subject][0] if subject in facts else None

    environment = Environment(
        python=first(Subject.PYTHON),
        os=first(Subject.OS),
        packages=MappingProxyType({name: values[0] for name, values in packages.items()}),
        accelerator=_accelerator(facts.get(Subject.ACCELERATOR, []), facts.get(Subject.BUILD, [])),
        gpus=_devices(facts.get(Subject.GPU, []), blocks),
        driver=first(Subject.DRIVER),
        cuda_build=first(Subject.CUDA_BUILD),
        cuda_runtime=first(Subject.CUDA_RUNTIME),
        cuda_driver=first(Subject.CUDA_DRIVER),
        cudnn=first(Subject.CUDNN),
        rocm=first(Subject.ROCM),
        contradictions=tuple(
            Contradiction(what, different)
            for what, values in (*alone, *packages.items())
            if len(different := _different(values)) > 1
        ),
        blocks=blocks,
    )
    if environment.os_family == "macos" and environment.accelerator:
        return replace(environment, accelerator=_on_a_mac(environment.accelerator))
    return environment


def _on_a_mac(accelerator: Fact) -> Fact:
    # TensorFlow's "GPU available: True" is read as CUDA, which no Mac of today has.
    return replace(accelerator, value="mps") if accelerator.value == "cuda" else accelerator


def _accelerator(said: Sequence[Fact], built: Sequence[Fact]) -> Fact | None:
    ranked = sorted(said, key=lambda fact: _RANK.index(fact.value))
    return next(iter((*ranked, *built)), None)


def _devices(gpus: Sequence[Fact], blocks: Sequence[Block]) -> tuple[Fact, ...]:
    """Keep the devices of the first block that lists any: other blocks list the same ones again."""
    if not gpus:
        return ()
    block = next((one for one in blocks if one.first <= gpus[0].source.line <= one.last), None)
    of_one = [fact for fact in gpus if block is None or block.first <= fact.source.line <= block.last]
    return tuple(of_one[:MAX_GPUS])


def _different(values: Sequence[Fact]) -> tuple[Fact, ...]:
    """Keep the values that disagree with all kept before them."""
    kept: list[Fact] = []
    for fact in values[:MAX_PACKAGES]:
        if len(kept) < 5 and not any(agree(fact.value, other.value) for other in kept):
            kept.append(fact)
    return tuple(kept)

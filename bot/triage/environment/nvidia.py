"""Read what NVIDIA's own tools print: ``nvidia-smi``, ``nvidia-smi -L`` and ``nvcc --version``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.triage.environment.facts import Block, BlockKind, Reading, Subject
from bot.triage.environment.lines import Line
from bot.triage.environment.values import read_gpu

_HEAD = re.compile(r"NVIDIA-SMI\s+\d")
_DRIVER = re.compile(r"Driver Version:\s{0,10}(\d{1,4}(?:\.\d{1,4}){0,3})")
_CUDA = re.compile(r"CUDA Version:\s{0,10}(\d{1,3}\.\d{1,3})")
_LISTED = re.compile(r"^\s*GPU \d{1,3}: ([^()]{1,120}?) \(UUID: ")
_NVCC = re.compile(r"^\s*nvcc: NVIDIA")
_RELEASE = re.compile(r"\brelease (\d{1,3}\.\d{1,3})")
_NVCC_LINES = 5
_BETWEEN_TABLES = 2
_MODES = {"on", "off", "wddm", "tcc", "mcdm", "n/a"}
"""The persistence mode on Linux, the driver model on Windows: what follows a device's name."""


def read_smi(lines: Sequence[Line], start: int) -> tuple[Block | None, int]:
    """Read the table whose head is ``lines[start]``; gives it, or None, and the index to read on from."""
    line = lines[start]
    if line.mark or not _HEAD.search(line.text):
        return None, start + 1
    found = list(_head(line))
    end, blank, at = start + 1, 0, start + 1
    while at < len(lines) and lines[at].section == line.section and not lines[at].mark:
        text = lines[at].text.strip()
        if text.startswith(("|", "+")):
            found += _row(lines[at])
            end, blank = at + 1, 0
        elif text or blank >= _BETWEEN_TABLES:
            break
        else:
            blank += 1
        at += 1
    first = lines[start - 1].number if start and _is_ruler(lines[start - 1]) else line.number
    return Block(BlockKind.NVIDIA_SMI, first, lines[end - 1].number, tuple(found)), end


def read_devices(lines: Sequence[Line], start: int) -> tuple[Block | None, int]:
    """Read the lines ``GPU 0: name (UUID: …)`` that begin at ``lines[start]``, as :func:`read_smi`."""
    end, found = start, list[Reading]()
    while end < len(lines) and (named := _LISTED.match(lines[end].text)):
        found += read_gpu(named.group(1), lines[end].number)
        end += 1
    if not found:
        return None, start + 1
    return Block(BlockKind.NVIDIA_SMI, lines[start].number, lines[end - 1].number, tuple(found)), end


def read_nvcc(lines: Sequence[Line], start: int) -> tuple[Block | None, int]:
    """Read the few lines that begin with ``nvcc: NVIDIA (R) Cuda compiler driver``, as :func:`read_smi`."""
    if not _NVCC.match(lines[start].text):
        return None, start + 1
    for line in lines[start : start + _NVCC_LINES]:
        if line.section == lines[start].section and (release := _RELEASE.search(line.text)):
            reading = Reading(Subject.CUDA_RUNTIME, release.group(1), line.number)
            end = start + line.number - lines[start].number + 1
            return Block(BlockKind.NVCC, lines[start].number, line.number, (reading,)), end
    return None, start + 1


def _head(line: Line) -> Iterator[Reading]:
    yield Reading(Subject.ACCELERATOR, "cuda", line.number)
    if driver := _DRIVER.search(line.text):
        yield Reading(Subject.DRIVER, driver.group(1), line.number)
    if cuda := _CUDA.search(line.text):
        yield Reading(Subject.CUDA_DRIVER, cuda.group(1), line.number)


def _row(line: Line) -> Iterator[Reading]:
    """Read a device's first row, ``|   0  NVIDIA A100-SXM4-80GB   On  |``."""
    cells = line.text.strip().split("|", 2)
    words = cells[1].split() if len(cells) > 2 else []
    if len(words) > 2 and words[0].isdecimal() and words[-1].lower() in _MODES:
        yield from read_gpu(" ".join(words[1:-1]), line.number)


def _is_ruler(line: Line) -> bool:
    text = line.text.strip()
    return not line.mark and text.startswith("+-") and text.endswith("+")

"""Read the dumps made of ``label: value`` lines: transformers, torch, vLLM, scikit-learn, JAX."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.triage.environment.facts import Block, BlockKind, Reading, Subject
from bot.triage.environment.keys import Shape, split_label, standard_keys
from bot.triage.environment.lines import Line
from bot.triage.environment.values import read_gpu, read_package, read_value

MIN_KNOWN = 3
"""Known labels a dump has at least; fewer are somebody's own words."""
BEGINS_WITHIN = 3
"""Lines after its first within which a dump shows a second label."""
STRAY = 2
"""Lines in a row inside a fence that may be no part of the dump, such as a wrapped line."""

_GPU = re.compile(r"^\s*GPU \d{1,3}:\s*(.{1,200})$")
_LIBRARY = re.compile(r"^\s*\[(?:pip3?|conda|uv)\]\s+([A-Za-z][\w.-]{0,80})(?:==|\s+)(\S{1,80})")
_CUDNN = re.compile(r"libcudnn\.so\.(\d{1,3}(?:\.\d{1,3}){1,3})")
_PART = re.compile(
    r"""^(?:
        \s*\[(?:pip3?|conda|uv)\]      # a library
      | [A-Z][A-Z0-9_]{2,60}=         # an environment variable
      | ={4,}\s*$                     # a ruler of vLLM's
      | \s*(?:GPU|NIC)\d              # a row of the topology
      | \s+(?:X|=\ )                  # its legend
      | \s*(?:X|SYS|NODE|PHB|PXB|PIX|NV\#)\s+=
      | /\S{1,300}\.(?:so|dylib)      # where cuDNN may be
      | \s*GPU\ \d{1,3}:
      | -+$
    )""",
    re.VERBOSE,
)
_TITLE = re.compile(r"^\s{0,20}[A-Z][\w./ ]{2,40}$")


def read_dump(lines: Sequence[Line], start: int) -> tuple[Block | None, int]:
    """Read the dump that begins at ``lines[start]``.

    Gives the block, or None, and the index to read on from; every line is read by one attempt only.
    """
    kind = _kind(lines, start)
    if kind is None:
        return None, start + 1
    shape = standard_keys().blocks[kind]
    reading = _Reading(kind, shape)
    end = reading.run(lines, start)
    if reading.known < MIN_KNOWN:
        return None, end
    block = Block(reading.kind, lines[start].number, lines[end - 1].number, tuple(reading.found))
    return block, end


def _kind(lines: Sequence[Line], start: int) -> BlockKind | None:
    label = _label(lines[start])
    if lines[start].mark or label is None:
        return None
    for name, shape in standard_keys().blocks.items():
        if label in shape.opens and _goes_on(lines, start):
            return BlockKind(name)
    return None


def _goes_on(lines: Sequence[Line], start: int) -> bool:
    following = lines[start + 1 : start + 1 + BEGINS_WITHIN]
    return any(_is_known(line) for line in following if line.section == lines[start].section)


def _label(line: Line) -> str | None:
    split = split_label(line.text)
    if split:
        return split[0]
    bare = line.text.strip().lower()
    return bare if bare in standard_keys().keys or bare.startswith("collecting environment") else None


def _is_known(line: Line) -> bool:
    label = _label(line)
    return label is not None and label in standard_keys().keys


class _Reading:
    """The reading of one dump, line by line."""

    def __init__(self, kind: BlockKind, shape: Shape) -> None:
        self.kind, self.shape = kind, shape
        self.known = 0
        self.found: list[Reading] = []
        self._listing_packages = False

    def run(self, lines: Sequence[Line], start: int) -> int:
        """Read until the dump ends; gives the index after its last line."""
        end, at, blank, stray = start + 1, start, False, 0
        section = lines[start].section
        while at < len(lines) and lines[at].section == section and not lines[at].mark:
            line = lines[at]
            if not line.text.strip():
                blank, self._listing_packages = True, False
            elif self._take(line, after_blank=blank) or at == start:
                end, blank, stray = at + 1, False, 0
            elif line.fenced and stray < STRAY and not _breaks(line):
                stray += 1
            else:
                break
            at += 1
        return end

    def _take(self, line: Line, *, after_blank: bool) -> bool:
        """Read a line of the dump; tell whether it is one."""
        if library := _LIBRARY.match(line.text):
            self.found += read_package(library.group(1), library.group(2), line.number)
            return True
        if gpu := _GPU.match(line.text):
            self.found += read_gpu(gpu.group(1).partition("(UUID")[0].strip(), line.number)
            return True
        if cudnn := _CUDNN.search(line.text):
            self.found.append(Reading(Subject.CUDNN, cudnn.group(1), line.number))
            return True
        label = _label(line)
        if label in standard_keys().keys:
            self._take_known(line, label)
            return True
        return self._take_other(line, after_blank=after_blank)

    def _take_known(self, line: Line, label: str) -> None:
        self.known += 1
        split = split_label(line.text)
        value = split[1] if split else ""
        if label in {"vllm version", "pytorch info"}:
            self.kind = BlockKind.VLLM
        if label == self.shape.packages_under:
            self._listing_packages = True
        self.found += read_value(standard_keys().keys[label], value, line.number)

    def _take_other(self, line: Line, *, after_blank: bool) -> bool:
        split = split_label(line.text)
        if self.shape.parts == "strict":
            return bool(split) and line.text[:1] in " \t" and not after_blank
        if split and self._listing_packages:
            self.found += read_package(split[0], split[1], line.number)
            return True
        is_part = bool(_PART.match(line.text))
        if after_blank:
            return is_part
        return is_part or split is not None or (line.fenced and bool(_TITLE.match(line.text)))


def _breaks(line: Line) -> bool:
    return "Traceback (most recent call last)" in line.text or line.text.startswith(("$ ", ">>> "))

"""Read lists of installed packages: ``pip list``, ``pip freeze``, ``uv pip list`` and ``conda list``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.triage.environment.facts import Block, BlockKind, Reading
from bot.triage.environment.lines import Line
from bot.triage.environment.values import read_package

MIN_FROZEN = 3
"""Lines of ``name==version`` in a row that make a ``pip freeze``; fewer are a requirement in prose."""

_HEAD = re.compile(r"^\s*(?:#\s+)?(?:Package\s+Version|Name\s+Version\s+Build)\b")
_RULER = re.compile(r"^\s*-{3,}[\s-]*$")
_ROW = re.compile(r"^\s*([A-Za-z0-9][\w.-]{0,80})\s+v?(\d\S{0,80})(?:\s|$)")
_FROZEN = re.compile(
    r"""^\s*(?:
        ([A-Za-z0-9][\w.-]{0,80})(?:\[[\w,.-]{0,80}\])?(?:===?)(\S{1,100})
      | ([A-Za-z0-9][\w.-]{0,80})\s@\s(\S{1,500})
      | -e\s\S{1,500}
      | \#\s.{0,500}
    )\s*(?:;.{0,200})?$""",
    re.VERBOSE,
)
_IN_ADDRESS = re.compile(r"[-/@]v?(\d{1,6}(?:\.\d{1,9}){1,4}[\w.+!]{0,40})")


def read_list(lines: Sequence[Line], start: int) -> tuple[Block | None, int]:
    """Read the table that begins at ``lines[start]``; gives it, or None, and the index to read on from."""
    if lines[start].mark or not _HEAD.match(lines[start].text):
        return None, start + 1
    end, found = start + 1, list[Reading]()
    while end < len(lines) and _same(lines, start, end):
        line = lines[end]
        row = _ROW.match(line.text)
        if row:
            found += read_package(row.group(1), row.group(2), line.number)
        elif not _RULER.match(line.text):
            break
        end += 1
    if not found:
        return None, end
    return Block(BlockKind.PIP_LIST, lines[start].number, lines[end - 1].number, tuple(found)), end


def read_freeze(lines: Sequence[Line], start: int) -> tuple[Block | None, int]:
    """Read the requirements that begin at ``lines[start]``; gives them, or None, and where to read on."""
    if lines[start].mark or not _package(lines[start]):
        return None, start + 1
    end, packages, found = start, 0, list[Reading]()
    while end < len(lines) and _same(lines, start, end) and _FROZEN.match(lines[end].text):
        if package := _package(lines[end]):
            packages += 1
            found += read_package(*package, lines[end].number)
        end += 1
    if packages < MIN_FROZEN:
        return None, end
    return Block(BlockKind.PIP_FREEZE, lines[start].number, lines[end - 1].number, tuple(found)), end


def _same(lines: Sequence[Line], start: int, at: int) -> bool:
    return lines[at].section == lines[start].section and not lines[at].mark


def _package(line: Line) -> tuple[str, str] | None:
    found = _FROZEN.match(line.text)
    if not found:
        return None
    name, version, direct, address = found.groups()
    if name:
        return name, version
    if not direct:
        return None
    # "torch @ https://…/torch-2.5.1%2Bcu124-cp311.whl" names its version in the file.
    named = _IN_ADDRESS.search(address.rpartition("/")[2].replace("%2B", "+"))
    return direct, named.group(1) if named else ""

"""Read versions people write themselves: ``- PyTorch: 2.4``, ``torch==2.4.1``, a form's field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.triage.environment.facts import Reading, Subject
from bot.triage.environment.keys import split_label, standard_keys
from bot.triage.environment.lines import Line
from bot.triage.environment.values import read_package, read_value

_HEADING = re.compile(r"^#{2,6}\s+(.{1,120})$")
_PIN = re.compile(r"(?<![\w.=<>-])([A-Za-z][\w.-]{1,40})==(\d[\w.+!-]{0,40})")
_TENSORFLOW = re.compile(r"^\s*v\d{1,3}\.\d{1,3}\.\d[\w.-]{0,20}-g[0-9a-f]{6,40}\s+(\d\S{0,30})$")
_NAMED_SYSTEM = re.compile(r"(?i)\b(?:linux|ubuntu|debian|windows|mac ?os|os x|wsl|centos|fedora|rhel|arch)")
_ANSWER_WITHIN = 3
_INSTALLS = ("pip install", "pip3 install", "uv add", "uv pip install", "conda install")
_EXAMPLE = ("e.g", "[e.g", "for example", "<", "ex:", "your ")


def read_stated(lines: Sequence[Line]) -> Iterator[Reading]:
    """Read what the lines outside blocks say of versions; a line that tells how to install says nothing."""
    for at, line in enumerate(lines):
        if heading := _HEADING.match(line.text):
            yield from _field(heading.group(1), lines[at + 1 : at + 1 + _ANSWER_WITHIN])
        elif not line.mark:
            yield from _line(line)


def _line(line: Line) -> Iterator[Reading]:
    split = split_label(line.text)
    if split and split[0] in standard_keys().stated:
        yield from _value(split[0], split[1], line.number)
    elif built := _TENSORFLOW.match(line.text):
        yield from read_package("tensorflow", built.group(1), line.number)
    elif "==" in line.text and not any(word in line.text for word in _INSTALLS):
        for name, version in _PIN.findall(line.text):
            yield from read_package(name, version, line.number)


def _field(label: str, following: Sequence[Line]) -> Iterator[Reading]:
    """Read a form's field: GitHub writes its label as a heading and the answer below."""
    split = split_label(label + ":")
    if not split or split[0] not in standard_keys().stated:
        return
    answer = next((line for line in following if line.text.strip()), None)
    if answer and not answer.mark and answer.text.strip() != "_No response_":
        yield from _value(split[0], answer.text, answer.number)


def _value(label: str, value: str, line: int) -> Iterator[Reading]:
    value = value.strip().strip("`*_ ")
    meaning = standard_keys().stated[label]
    if _TENSORFLOW.match(value):
        # TensorFlow's form asks for what its own line prints, and that line is read by itself.
        return
    if value.lower().startswith(_EXAMPLE) or (meaning == "os" and not _NAMED_SYSTEM.search(value)):
        return
    for reading in read_value(meaning, value, line):
        # "GPU: yes" names no device; what a device is called tells what drives it.
        if reading.subject is not Subject.GPU or any(character.isdigit() for character in value):
            yield reading

"""Find answers that say something else than the environment that the same issue shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.triage.forms.evidence import Environment
from bot.triage.forms.model import FieldKind, Form
from bot.triage.forms.words import State, judge

_SHORT = 200
"""Characters of an answer that can be one value; a longer one is a story."""
_VERSION = re.compile(r"\d{1,5}(?:\.\d{1,5}){1,4}")
_WORD = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")
_ALIASES = {
    "pytorch": "torch",
    "tf": "tensorflow",
    "sklearn": "scikit-learn",
    "hf-transformers": "transformers",
}
_SYSTEMS = {
    "linux": ("linux", "ubuntu", "debian", "fedora", "centos", "rhel"),
    "wsl": ("wsl",),
    "windows": ("windows",),
    "macos": ("macos", "mac os", "os x", "darwin"),
}
_SAME_SYSTEM = {"wsl": {"wsl", "linux", "windows"}}
_ACCELERATORS = ("cuda", "rocm", "mps", "xpu", "tpu", "hpu")
_SYSTEM_LABEL = re.compile(r"\b(?:os|operating system|platform)\b", re.IGNORECASE)
_DEVICE_LABEL = re.compile(r"\b(?:accelerator|backend|gpu|device|hardware)\b", re.IGNORECASE)


def contradictions(
    form: Form, answers: Mapping[str, str], environment: Environment | None
) -> Iterator[tuple[str, str]]:
    """Yield the label and both values of each, then what the environment itself disagrees about."""
    if environment is None:
        return
    for field in form.fields:
        answer = answers.get(field.label, "").strip()
        is_value = field.kind in {FieldKind.INPUT, FieldKind.DROPDOWN} or "\n" not in answer
        if not is_value or len(answer) > _SHORT or judge(answer) is not State.ANSWERED:
            continue
        yield from _versions(field.label, answer, environment)
        yield from _systems(field.label, answer, environment)
        yield from _devices(field.label, answer, environment)
    for conflict in environment.contradictions:
        yield conflict.what, str(conflict)


def _versions(label: str, answer: str, environment: Environment) -> Iterator[tuple[str, str]]:
    said = _VERSION.findall(answer)
    names = {_ALIASES.get(word, word) for word in _WORD.findall(label.casefold())}
    known = {name: fact.value for name, fact in environment.packages.items() if name in names}
    if environment.python is not None and "python" in names:
        known["Python"] = environment.python.value
    # A label with two names, or an answer with two versions, leaves open which is whose.
    if len(said) != 1 or len(known) != 1:
        return
    ((name, version),) = known.items()
    shown = _VERSION.match(version)
    if shown is not None and not _agree(said[0], shown[0]):
        yield label, f"the answer says {said[0]}, the environment {name} {version}"


def _agree(one: str, other: str) -> bool:
    pairs = zip(one.split("."), other.split("."), strict=False)
    return all(int(left) == int(right) for left, right in pairs)


def _systems(label: str, answer: str, environment: Environment) -> Iterator[tuple[str, str]]:
    actual = environment.os_family
    if actual is None or not _SYSTEM_LABEL.search(label):
        return
    lowered = answer.casefold()
    said = {family for family, words in _SYSTEMS.items() if any(word in lowered for word in words)}
    if (
        said
        and not said & (_SAME_SYSTEM.get(actual) or {actual})
        and not ("wsl" in said and actual == "linux")
    ):
        yield label, f"the answer says {answer}, the environment {actual}"


def _devices(label: str, answer: str, environment: Environment) -> Iterator[tuple[str, str]]:
    actual = environment.accelerator.value if environment.accelerator else ""
    if not actual or not _DEVICE_LABEL.search(label):
        return
    said = {name for name in _ACCELERATORS if name in _WORD.findall(answer.casefold())}
    # That something ran on the processor is true on any machine.
    if said and actual not in said:
        yield label, f"the answer says {answer}, the environment {actual}"

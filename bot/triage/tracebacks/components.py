"""Propose what a failure and a machine are about: component, framework, hardware, system, symptom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.triage.environment import Environment
from bot.triage.tracebacks.failure import Failure, Frame
from bot.triage.tracebacks.tables import Rules, standard_rules

MAX_GPU = 60
"""Characters of a device's name shown in a reason."""

_FRAMEWORKS = {"torch": "pytorch", "tensorflow": "tensorflow", "jax": "jax"}
_DUMP_OF = {"transformers env": "transformers", "diffusers-cli env": "diffusers", "vllm collect-env": "vllm"}


class Group(StrEnum):
    """The groups of the taxonomy a proposal can be of."""

    COMPONENT = "component"
    FRAMEWORK = "framework"
    HARDWARE = "hardware"
    SYSTEM = "os"
    SYMPTOM = "symptom"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A label that is proposed: its group and canonical name, and what speaks for it."""

    group: Group
    name: str
    reason: str


def components(read: Failure | Environment, rules: Rules | None = None) -> tuple[Proposal, ...]:
    """Propose labels for a failure or an environment, the strongest first, each name once in its group.

    ``rules`` are :func:`standard_rules` if not given; a repository's own go before them with
    ``standard_rules().extended(own)``.
    """
    rules = rules or standard_rules()
    found = _of_environment(read) if isinstance(read, Environment) else _of_failure(read, rules)
    first: dict[tuple[Group, str], Proposal] = {}
    for proposal in found:
        first.setdefault((proposal.group, proposal.name), proposal)
    return tuple(first.values())


def _of_failure(failure: Failure, rules: Rules) -> Iterator[Proposal]:
    for symptom in rules.symptoms:
        if symptom.kind is failure.kind:
            what = failure.type or "traceback"
            yield Proposal(Group.SYMPTOM, symptom.symptom, f"{what} ({failure.kind}), line {failure.line}")
            break
    for part in failure.chain():
        yield from _of_frames(part, rules)
    for member in failure.members:
        yield from _of_frames(member, rules)


def _of_frames(failure: Failure, rules: Rules) -> Iterator[Proposal]:
    """Propose by the innermost telling frame of each package: the calls above it only led there."""
    seen: set[str] = set()
    for frame in reversed(failure.frames):
        part = rules.part_of(frame.module) if frame.is_library else None
        if part is None or frame.package in seen:
            continue
        reason = f"frame {_place(frame)}"
        if part.framework:
            yield Proposal(Group.FRAMEWORK, part.framework, reason)
        if part.component:
            # A frame of the package's core says nothing; one further out may.
            seen.add(frame.package)
            yield Proposal(Group.COMPONENT, part.component, reason)


def _place(frame: Frame) -> str:
    path = frame.module.replace(".", "/")
    return f"{path}.py in {frame.function}" if frame.file.endswith(".py") else f"{frame.function or path}"


def _of_environment(environment: Environment) -> Iterator[Proposal]:
    if environment.accelerator:
        fact = environment.accelerator
        gpu = f" ({environment.gpus[0].value[:MAX_GPU]})" if environment.gpus else ""
        yield Proposal(Group.HARDWARE, fact.value, f"{fact.value}{gpu} in {fact.source}")
    if len(environment.gpus) > 1:
        source = environment.gpus[0].source
        yield Proposal(Group.HARDWARE, "multi-gpu", f"{len(environment.gpus)} devices in {source}")
    if environment.os and (family := environment.os_family):
        yield Proposal(Group.SYSTEM, family, f"{environment.os.value[:MAX_GPU]} in {environment.os.source}")
    for block in environment.blocks:
        if block.kind in _DUMP_OF:
            reason = f"the output of {block.kind}, line {block.first}"
            yield Proposal(Group.FRAMEWORK, _DUMP_OF[block.kind], reason)
    # Of a list of everything installed nothing follows; a single framework says which one it is about.
    named = [name for name in _FRAMEWORKS if name in environment.packages]
    if len(named) == 1:
        fact = environment.packages[named[0]]
        yield Proposal(Group.FRAMEWORK, _FRAMEWORKS[named[0]], f"{named[0]} {fact.value} in {fact.source}")

"""Check what a report says of versions and memory against each other; each check gives its evidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from bot.triage.environment import Environment
from bot.triage.environment.versions import numbers
from bot.triage.tracebacks.failure import Failure, Kind

_ASKED = re.compile(r"Tried to allocate (\d{1,6}(?:\.\d{1,4})?) ([KMGT]iB)")
_UNUSED = re.compile(r"(\d{1,6}(?:\.\d{1,4})?) ([KMGT]iB) is reserved by PyTorch but unallocated")
_RESERVED = re.compile(r"(\d{1,6}(?:\.\d{1,4})?) ([KMGT]iB) reserved in total by PyTorch")
_ALLOCATED = re.compile(r"(\d{1,6}(?:\.\d{1,4})?) ([KMGT]iB) already allocated")
_UNITS = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_MATTERS = ("torch", "transformers", "vllm", "diffusers", "tensorflow", "jax", "numpy", "Python")
"""Whose versions make a report doubtful when they differ; a list of everything installed has more."""

Check = Callable[[Sequence[Failure], Environment, Mapping[int, int]], Iterator[str]]


def driver_too_old(
    failures: Sequence[Failure], environment: Environment, oldest: Mapping[int, int]
) -> Iterator[str]:
    """Give the driver and the CUDA version where the driver is older than that major version needs.

    Within a major version an older driver runs (minor version compatibility), so only majors count.
    """
    build = environment.cuda_build
    major = numbers(build.value)[:1] if build else ()
    if not build or not major:
        return
    driver, most = environment.driver, environment.cuda_driver
    needed = oldest.get(major[0])
    if driver and needed and (numbers(driver.value) or (needed,))[0] < needed:
        yield f"driver {driver.value} ({driver.source}); CUDA {major[0]}.x needs {needed} or newer"
    elif most and (numbers(most.value) or major)[0] < major[0]:
        yield f"the driver runs CUDA {most.value} at most ({most.source})"
    else:
        return
    yield f"PyTorch built with CUDA {build.value} ({build.source})"


def cpu_build(
    failures: Sequence[Failure], environment: Environment, oldest: Mapping[int, int]
) -> Iterator[str]:
    """Give the build and the device where PyTorch was built for the CPU and an NVIDIA device is listed."""
    torch = environment.packages.get("torch")
    kind = environment.accelerator
    if torch and torch.value.endswith("+cpu") and kind and kind.value == "cuda" and environment.gpus:
        gpu = environment.gpus[0]
        yield f"torch {torch.value} ({torch.source})"
        yield f"{gpu.value} ({gpu.source})"


def two_versions(
    failures: Sequence[Failure], environment: Environment, oldest: Mapping[int, int]
) -> Iterator[str]:
    """Give the versions that differ of what matters most."""
    for contradiction in environment.contradictions:
        if contradiction.what in _MATTERS:
            yield str(contradiction)


def fragmented(
    failures: Sequence[Failure], environment: Environment, oldest: Mapping[int, int]
) -> Iterator[str]:
    """Give the amounts where PyTorch reserved more memory, unused, than it was asked for."""
    for failure in failures:
        asked = _amount(_ASKED, failure.message)
        unused = _amount(_UNUSED, failure.message)
        if unused is None:
            reserved, allocated = _amount(_RESERVED, failure.message), _amount(_ALLOCATED, failure.message)
            unused = reserved - allocated if reserved and allocated else None
        if failure.kind is Kind.OUT_OF_MEMORY and asked and unused and unused >= asked:
            yield f"line {failure.line}: {_shown(asked)} asked for, {_shown(unused)} reserved and unused"
            return


def _amount(form: re.Pattern[str], message: str) -> float | None:
    """Read an amount of memory in bytes."""
    found = form.search(message)
    return float(found.group(1)) * _UNITS[found.group(2)] if found else None


def _shown(amount: float) -> str:
    return f"{amount / 2**30:.2f} GiB"


CHECKS: dict[str, Check] = {
    "driver_too_old": driver_too_old,
    "cpu_build": cpu_build,
    "two_versions": two_versions,
    "fragmented": fragmented,
}
"""The checks by the names ``data/hints.yml`` gives them."""

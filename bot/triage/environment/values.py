"""Turn one label's value into readings: what it is about, and the value in its plainest form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bot.triage.environment.facts import Reading, Subject
from bot.triage.environment.keys import standard_keys
from bot.triage.environment.versions import find_version

MAX_VALUE = 200
"""Characters of a value kept at most."""

_DEVICES = re.compile(r"(?i)\b(cuda|tpu|gpu|cpu|rocm|metal)_?device", re.ASCII)
_IN_BRACKETS = re.compile(r"\(([A-Za-z]{1,12})\)")
_BUILT_FOR = re.compile(r"\+(cu|rocm|xpu|cpu)[\d.]{0,10}")
_CUDA_BUILD = re.compile(r"\+cu(\d{2,3})(?!\d)")
_UNAME = re.compile(r"\b(system|release)='([^']{1,80})'")
_ACCELERATORS = {"cuda", "rocm", "mps", "xpu", "cpu", "tpu", "npu", "hpu"}
_FORMER_NAMES = {"gpu": "cuda", "metal": "mps"}
_VENDORS = {
    "mps": ("apple m",),
    "rocm": ("amd ", "radeon", "instinct", "gfx"),
    "xpu": ("intel", "arc "),
    "hpu": ("gaudi",),
    "npu": ("ascend",),
    "tpu": ("tpu",),
    "cuda": (
        "nvidia", "tesla", "geforce", "quadro", "rtx", "gtx", "titan", "a100", "h100", "h200", "b200", "l40",
        "v100", "t4", "a10", "l4", "h20", "p100", "gb200", "gb10", "a800", "h800",
    ),
}  # fmt: skip


def read_value(meaning: str, value: str, line: int) -> tuple[Reading, ...]:
    """Read a value whose meaning the table of labels gives; nothing for one that says nothing."""
    value = value.strip()[:MAX_VALUE]
    if standard_keys().says_nothing(value):
        return ()
    name, _, argument = meaning.partition(" ")
    read = _READERS.get(meaning) or _READERS.get(name)
    return tuple(read(value, argument, line)) if read else ()


def accelerator_of(gpu: str) -> str | None:
    """Tell by a device's name what drives it: ``cuda`` for NVIDIA's, ``rocm`` for AMD's."""
    said = gpu.lower()
    return next((kind for kind, words in _VENDORS.items() if any(word in said for word in words)), None)


def read_package(name: str, value: str, line: int) -> Iterator[Reading]:
    """Read a package's version, and what accelerator its local version names (``+cu124``, ``+rocm6.2``)."""
    version = find_version(value)
    package = standard_keys().package(name)
    if version is None:
        return
    yield Reading(Subject.PACKAGE, version, line, package)
    if package != "torch":
        return
    if built := _BUILT_FOR.search(version):
        yield Reading(Subject.BUILD, built.group(1).replace("cu", "cuda"), line)
    if cuda := _CUDA_BUILD.search(version):
        digits = cuda.group(1)
        yield Reading(Subject.CUDA_BUILD, f"{digits[:-1]}.{digits[-1]}", line)


def read_gpu(name: str, line: int) -> Iterator[Reading]:
    """Read a device's name, and the accelerator it is."""
    yield Reading(Subject.GPU, name[:MAX_VALUE], line)
    if kind := accelerator_of(name):
        yield Reading(Subject.ACCELERATOR, kind, line)


def _package(value: str, argument: str, line: int) -> Iterator[Reading]:
    yield from read_package(argument, value, line)


def _framework(package: str) -> Callable[[str, str, int], Iterator[Reading]]:
    def read(value: str, argument: str, line: int) -> Iterator[Reading]:
        yield from read_package(package, value, line)
        device = _IN_BRACKETS.search(value)
        if device:
            yield from _device(device.group(1).lower(), line)

    return read


def _device(said: str, line: int) -> Iterator[Reading]:
    """Read what stands behind a framework's version: ``(True)``, ``(CUDA)``, ``(cpu)``."""
    kind = {"true": "cuda", "false": "cpu"}.get(said) or _FORMER_NAMES.get(said, said)
    if kind in _ACCELERATORS:
        yield Reading(Subject.ACCELERATOR, kind, line)


def _available(value: str, argument: str, line: int) -> Iterator[Reading]:
    if value.lower().startswith(("true", "yes")):
        yield Reading(Subject.ACCELERATOR, argument, line)
    elif argument == "cuda" and value.lower().startswith(("false", "no")):
        yield Reading(Subject.ACCELERATOR, "cpu", line)


def _accelerator(value: str, argument: str, line: int) -> Iterator[Reading]:
    yield from _device(value.lower(), line)


def _jax_devices(value: str, argument: str, line: int) -> Iterator[Reading]:
    for kind in dict.fromkeys(found.lower() for found in _DEVICES.findall(value)):
        yield from _device(kind, line)


def _gpus(value: str, argument: str, line: int) -> Iterator[Reading]:
    """Read ``NVIDIA A100-SXM4-80GB, 81920 MiB VRAM`` or ``GPU 0: Tesla T4``."""
    name = value.removesuffix("VRAM").rpartition("GPU 0:")[2].strip()
    amount = name.rpartition(",")
    name = amount[0] if amount[2].strip().endswith(("MiB", "GiB")) else name
    if name:
        yield from read_gpu(name, line)


def _gpu(value: str, argument: str, line: int) -> Iterator[Reading]:
    if argument:
        yield Reading(Subject.GPU, value, line)
        yield Reading(Subject.ACCELERATOR, argument, line)
    else:
        # JAX writes "TPU v4-8, 4 local devices".
        yield from read_gpu(value.partition(",")[0], line)


def _version_of(subject: Subject) -> Callable[[str, str, int], Iterator[Reading]]:
    def read(value: str, argument: str, line: int) -> Iterator[Reading]:
        if version := find_version(value):
            yield Reading(subject, version, line)

    return read


def _rocm(value: str, argument: str, line: int) -> Iterator[Reading]:
    if version := find_version(value):
        yield Reading(Subject.ROCM, version, line)
        yield Reading(Subject.ACCELERATOR, "rocm", line)


def _os(value: str, argument: str, line: int) -> Iterator[Reading]:
    """Read a platform's name; JAX prints Python's ``uname_result(system='Linux', …)``."""
    parts = dict(_UNAME.findall(value)) if value.startswith("uname_result(") else {}
    yield Reading(Subject.OS, " ".join(filter(None, map(parts.get, ("system", "release")))) or value, line)


_READERS: dict[str, Callable[[str, str, int], Iterator[Reading]]] = {
    "python": _version_of(Subject.PYTHON),
    "os": _os,
    "package": _package,
    "torch": _framework("torch"),
    "tensorflow": _framework("tensorflow"),
    "flax": _framework("flax"),
    "vllm": _framework("vllm"),
    "accelerator": _accelerator,
    "available": _available,
    "devices": _jax_devices,
    "gpu": _gpu,
    "gpus": _gpus,
    "driver": _version_of(Subject.DRIVER),
    "cuda build": _version_of(Subject.CUDA_BUILD),
    "cuda runtime": _version_of(Subject.CUDA_RUNTIME),
    "cudnn": _version_of(Subject.CUDNN),
    "rocm": _rocm,
}

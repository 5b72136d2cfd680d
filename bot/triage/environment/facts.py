"""What a report's environment blocks say, each fact with the block and the line it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class BlockKind(StrEnum):
    """The commands whose output is read, as people name them."""

    TRANSFORMERS = "transformers env"
    DIFFUSERS = "diffusers-cli env"
    ACCELERATE = "accelerate env"
    TORCH = "torch.utils.collect_env"
    VLLM = "vllm collect-env"
    SCIKIT_LEARN = "show_versions"
    JAX = "jax.print_environment_info"
    PIP_LIST = "pip list"
    PIP_FREEZE = "pip freeze"
    NVIDIA_SMI = "nvidia-smi"
    NVCC = "nvcc --version"
    STATED = "the report's own words"


class Subject(StrEnum):
    """What a reading is about."""

    PYTHON = "Python"
    OS = "operating system"
    PACKAGE = "package"
    ACCELERATOR = "accelerator"
    BUILD = "accelerator the framework was built for"
    GPU = "GPU"
    DRIVER = "driver"
    CUDA_BUILD = "CUDA the framework was built with"
    CUDA_RUNTIME = "CUDA runtime"
    CUDA_DRIVER = "newest CUDA the driver runs"
    CUDNN = "cuDNN"
    ROCM = "ROCm"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact stands: the kind of block and the line of the text, from 1."""

    block: BlockKind
    line: int

    def __str__(self) -> str:
        return f"{self.block}, line {self.line}"


@dataclass(frozen=True, slots=True)
class Fact:
    """A value with the place it was read from."""

    value: str
    source: Source

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing one line says; ``package`` is given where the subject is a package."""

    subject: Subject
    value: str
    line: int
    package: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """The output of one command: its lines (``first`` to ``last``, from 1) and what they say."""

    kind: BlockKind
    first: int
    last: int
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The values that a report gives for one thing, where they cannot all be true."""

    what: str
    facts: tuple[Fact, ...]

    def __str__(self) -> str:
        return f"{self.what}: " + ", ".join(f"{fact.value} ({fact.source})" for fact in self.facts)


@dataclass(frozen=True, slots=True)
class Environment:
    """The machine and the software a report was made on, as far as its text says.

    Where blocks disagree the first one counts and ``contradictions`` names the others.
    """

    python: Fact | None = None
    os: Fact | None = None
    packages: Mapping[str, Fact] = field(default_factory=lambda: MappingProxyType({}))
    """Versions by normalised name (PEP 503), for example ``scikit-learn`` and ``torch``."""
    accelerator: Fact | None = None
    """``cuda``, ``rocm``, ``mps``, ``xpu``, ``tpu``, ``npu``, ``hpu`` or ``cpu``."""
    gpus: tuple[Fact, ...] = ()
    """One for each device, in the order of the text of the first block that lists any."""
    driver: Fact | None = None
    cuda_build: Fact | None = None
    """The CUDA version that PyTorch was built with."""
    cuda_runtime: Fact | None = None
    cuda_driver: Fact | None = None
    """The newest CUDA version the driver can run (the one ``nvidia-smi`` prints)."""
    cudnn: Fact | None = None
    rocm: Fact | None = None
    contradictions: tuple[Contradiction, ...] = ()
    blocks: tuple[Block, ...] = ()

    @property
    def os_family(self) -> str | None:
        """``linux``, ``wsl``, ``windows``, ``macos``, or None where the text does not say."""
        said = self.os.value.lower() if self.os else ""
        for family, words in _FAMILIES.items():
            if any(word in said for word in words):
                return family
        return None

    def version(self, package: str) -> str | None:
        """Look up a package's version by its normalised name."""
        found = self.packages.get(package)
        return found.value if found else None


_FAMILIES = {
    "wsl": ("wsl", "microsoft-standard"),
    "macos": ("macos", "darwin", "mac os", "os x"),
    "windows": ("windows",),
    "linux": (
        "linux", "ubuntu", "debian", "centos", "red hat", "rhel", "fedora", "rocky", "alma", "suse", "arch",
        "manjaro", "mint", "glibc", "alpine", "nixos",
    ),
}  # fmt: skip

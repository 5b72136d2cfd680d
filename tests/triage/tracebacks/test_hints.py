from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.triage.environment import read_environment
from bot.triage.tracebacks import Hint, find_failures, hints
from bot.triage.tracebacks.hints import MAX_HINTS, hint_table

FIXTURES = Path(__file__).parent.parent
HOSTS = {
    "pytorch.org", "docs.nvidia.com", "numpy.org", "docs.jax.dev", "www.tensorflow.org", "docs.vllm.ai",
    "huggingface.co", "docs.python.org",
}  # fmt: skip


def hints_of(text: str) -> tuple[Hint, ...]:
    return hints(find_failures(text), read_environment(text))


SAID = {
    "cuda-out-of-memory": "RuntimeError: CUDA out of memory. Tried to allocate 2 GiB.",
    "jax-out-of-memory": "jax.errors.JaxRuntimeError: RESOURCE_EXHAUSTED: Out of memory",
    "asynchronous-device-error": "RuntimeError: CUDA error: device-side assert triggered",
    "driver-too-old-said": "RuntimeError: The NVIDIA driver on your system is too old (found version 11040)",
    "unsupported-ptx": "CUDA error: the provided PTX was compiled with an unsupported toolchain",
    "no-kernel-image": "RuntimeError: CUDA error: no kernel image is available for execution on the device",
    "build-without-cuda": "AssertionError: Torch not compiled with CUDA enabled",
    "extension-of-another-torch": "ImportError: a.so: undefined symbol: _ZN3c105ErrorC2E",
    "numpy-abi": "ValueError: numpy.dtype size changed, may indicate binary incompatibility",
    "transformers-needs-newer-torch": "ImportError: this version requires torch>=2.4 to run",
    "torch-load-needs-newer-torch": "ValueError: Due to a vulnerability issue in `torch.load`, upgrade",
    "nccl-error": "RuntimeError: NCCL error: unhandled system error",
    "shared-memory": "RuntimeError: DataLoader worker is killed by signal: Bus error.",
    "mps-missing-operator": "NotImplementedError: aten::x is not currently implemented for the MPS device.",
}


@pytest.mark.parametrize("hint", SAID)
def test_a_failure_gets_its_hint_with_a_page(hint: str) -> None:
    [found] = hints_of(f"```\n{SAID[hint]}\n```")
    assert found.id == hint
    assert urlsplit(found.page_url).hostname in HOSTS
    assert found.because[0].startswith("line 2: ")


def test_a_driver_older_than_the_build_needs_is_told_from_the_environment() -> None:
    [hint] = hints_of((FIXTURES / "environment/fixtures/vllm_collect_env_old.md").read_text(encoding="utf-8"))
    assert hint.id == "driver-too-old"
    assert hint.because == (
        "driver 470.57.02 (vllm collect-env, line 15); CUDA 12.x needs 525 or newer",
        "PyTorch built with CUDA 12.1 (vllm collect-env, line 5)",
    )


@pytest.mark.parametrize(
    ("torch", "driver", "most", "told"),
    [
        ("2.5.1+cu124", "525.60.13", "12.0", False),
        ("2.5.1+cu124", "520.61.05", "11.8", True),
        ("2.5.1+cu118", "520.61.05", "11.8", False),
        ("2.9.0+cu130", "575.51.03", "12.9", True),
        ("2.9.0+cu130", "580.65.06", "13.0", False),
        ("2.5.1", "470.57.02", "11.4", False),
    ],
)
def test_within_a_major_version_an_older_driver_runs(torch: str, driver: str, most: str, told: bool) -> None:
    text = f"torch: {torch}\n\n| NVIDIA-SMI {driver}   Driver Version: {driver}   CUDA Version: {most} |\n"
    assert bool(hints_of(text)) is told


def test_the_newest_cuda_of_the_driver_tells_where_the_driver_is_not_named() -> None:
    text = "torch: 2.5.1+cu124\n\n| NVIDIA-SMI 1  CUDA Version: 11.4 |\n"
    [hint] = hints_of(text)
    assert hint.because[0] == "the driver runs CUDA 11.4 at most (nvidia-smi, line 3)"


def test_memory_in_pieces_is_told_by_its_amounts() -> None:
    text = (FIXTURES / "tracebacks/fixtures/oom.md").read_text(encoding="utf-8")
    [hint] = hints_of(text)
    assert hint.id == "cuda-memory-fragmented"
    assert hint.because == ("line 2: 2.50 GiB asked for, 3.90 GiB reserved and unused",)


def test_the_older_wording_of_the_amounts_is_read() -> None:
    text = (
        "RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 6.00 GiB total capacity; "
        "5.00 GiB already allocated; 0 bytes free; 5.34 GiB reserved in total by PyTorch)"
    )
    assert [hint.id for hint in hints_of(text)] == ["cuda-memory-fragmented"]


@pytest.mark.parametrize(("device", "expected"), [("GPU", ["tensorflow-out-of-memory"]), ("CPU", [])])
def test_the_memory_of_a_gpu_is_not_hinted_at_where_a_processors_ran_out(
    device: str, expected: list[str]
) -> None:
    said = f"ResourceExhaustedError: OOM when allocating tensor with shape[9,9] on /device:{device}:0"
    assert [hint.id for hint in hints_of(f"- tensorflow: 2.13.0\n```\n{said}\n```")] == expected


@pytest.mark.parametrize(
    ("begins", "expected"),
    [
        ("2023-08-12 23:05:57.518166: I tensorflow/cuda_driver.cc:735] ", False),
        ("INFO 08-12 23:05:57 worker.py:12] ", False),
        ("I0812 23:05:57.518166 12 driver.cc:735] ", False),
        ("2023-08-12 23:05:57.518166: E tensorflow/cuda_driver.cc:735] ", True),
        ("", True),
    ],
)
def test_what_a_log_calls_information_is_no_failure(begins: str, expected: bool) -> None:
    assert bool(find_failures(f"```\n{begins}CUDA_ERROR_OUT_OF_MEMORY: out of memory\n```")) is expected


def test_a_servers_hint_needs_the_server() -> None:
    text = "```\nRuntimeError: CUDA out of memory. Tried to allocate 2 GiB.\n```\n"
    assert [hint.id for hint in hints_of(text)] == ["cuda-out-of-memory"]
    assert [hint.id for hint in hints_of(f"{text}\n- vllm: 0.9.1\n")] == ["vllm-memory", "cuda-out-of-memory"]


def test_a_build_for_the_cpu_beside_a_gpu_is_told() -> None:
    text = "- torch: 2.5.1+cpu\n- GPU: NVIDIA RTX 4090\n"
    [hint] = hints_of(text)
    assert hint.because == (
        "torch 2.5.1+cpu (the report's own words, line 1)",
        "NVIDIA RTX 4090 (the report's own words, line 2)",
    )


def test_evidence_names_the_versions_that_matter() -> None:
    said = "ImportError: a.so: undefined symbol: _ZNK2at6Tensor4itemEv"
    text = f"```\n{said}\n```\n- torch: 2.5.1\n- flash-attn: 2.7.0\n"
    [hint] = hints_of(text)
    assert hint.because[1:] == (
        "torch 2.5.1 (the report's own words, line 4)",
        "flash-attn 2.7.0 (the report's own words, line 5)",
    )


def test_contradicting_versions_are_told() -> None:
    [hint] = hints_of((FIXTURES / "environment/fixtures/contradictions.md").read_text(encoding="utf-8"))
    assert hint.id == "two-versions"


def test_an_assertion_on_the_host_is_told_where_it_happens() -> None:
    assert hints_of("```\napp: src/a.cpp:783: bool f(int): Assertion `n > 0' failed.\n```") == ()


@pytest.mark.parametrize("name", ["simple", "prose", "gdb", "syntax", "notebook"])
def test_other_failures_get_no_hint(name: str) -> None:
    assert hints_of((FIXTURES / f"tracebacks/fixtures/{name}.md").read_text(encoding="utf-8")) == ()


def test_every_page_is_of_a_known_documentation() -> None:
    table = hint_table()
    assert {urlsplit(page.url).hostname for page in table.pages.values()} == HOSTS
    assert all(urlsplit(page.url).scheme == "https" for page in table.pages.values())
    assert {rule.page for rule in table.hints} == set(table.pages)


def test_no_page_is_cited_twice_and_there_are_few() -> None:
    text = (FIXTURES / "tracebacks/fixtures/oom_forms.md").read_text(encoding="utf-8")
    more = (FIXTURES / "tracebacks/fixtures/cuda_errors.md").read_text(encoding="utf-8")
    found = hints_of(text + more)
    assert len(found) == MAX_HINTS
    assert len({hint.page_url for hint in found}) == len(found)

from pathlib import Path

import pytest

from bot.triage.environment import BlockKind, Environment, read_environment, without_environment

FIXTURES = Path(__file__).parent / "fixtures"


def text_of(name: str) -> str:
    return (FIXTURES / f"{name}.md").read_text(encoding="utf-8")


def environment_of(name: str) -> Environment:
    return read_environment(text_of(name))


READ: dict[str, dict[str, str | None]] = {
    "transformers_env": {
        "python": "3.10.14",
        "os": "Linux-5.15.0-122-generic-x86_64-with-glibc2.35",
        "accelerator": "cuda",
        "cuda_build": "12.6",
        "driver": None,
    },
    "transformers_env_bare": {"python": "3.11.9", "os": "macOS-14.5-arm64-arm-64bit", "accelerator": "mps"},
    "diffusers_env": {"python": "3.11.9", "os": "Windows-10-10.0.22631-SP0", "accelerator": "cuda"},
    "accelerate_env": {"python": "3.12.3", "accelerator": "rocm", "cuda_build": None},
    "torch_collect_env": {
        "python": "3.11.10",
        "os": "Ubuntu 22.04.5 LTS (x86_64)",
        "accelerator": "cuda",
        "driver": "550.127.05",
        "cuda_build": "12.4",
        "cuda_runtime": "12.1.105",
        "cudnn": "8.9.7",
        "rocm": None,
    },
    "torch_collect_env_xpu": {
        "python": "3.12.10",
        "accelerator": "xpu",
        "driver": None,
        "cuda_runtime": None,
    },
    "torch_collect_env_rocm": {"accelerator": "rocm", "rocm": "6.2.41134-65d174c3e", "cuda_runtime": None},
    "vllm_collect_env": {
        "python": "3.12.11",
        "os": "Ubuntu 22.04.4 LTS (x86_64)",
        "driver": "535.161.08",
        "cuda_build": "12.8",
        "cuda_runtime": "12.8.93",
        "cudnn": None,
    },
    "vllm_collect_env_old": {"python": "3.10.12", "driver": "470.57.02", "cuda_runtime": "12.2.140"},
    "nvidia_smi": {
        "driver": "550.144.03",
        "cuda_driver": "12.4",
        "cuda_runtime": "12.1",
        "accelerator": "cuda",
    },
    "nvidia_smi_windows": {"driver": "460.32.03", "cuda_driver": "11.2"},
    "show_versions": {"python": "3.11.7", "os": "Linux-6.8.0-45-generic-x86_64-with-glibc2.36"},
    "jax_info": {"python": "3.11.6", "os": "Linux 5.19.0-1022-gcp", "accelerator": "tpu"},
    "jax_info_cuda": {"python": "3.10.12", "accelerator": "cuda", "driver": "550.127.05"},
    "stated": {"os": "Rocky Linux 9.4", "cuda_runtime": "12.5.1", "accelerator": "cuda", "python": None},
    "prose": {"python": None, "os": None, "accelerator": None, "cuda_runtime": None},
}


@pytest.mark.parametrize("name", READ)
def test_a_block_says_what_machine_it_is(name: str) -> None:
    environment = environment_of(name)
    read = {key: fact.value if (fact := getattr(environment, key)) else None for key in READ[name]}
    assert read == READ[name]


@pytest.mark.parametrize(
    ("name", "packages"),
    [
        ("transformers_env", {"transformers": "4.57.1", "torch": "2.8.0+cu126", "accelerate": "1.10.1"}),
        ("diffusers_env", {"diffusers": "0.31.0", "xformers": "0.0.28.post1", "peft": "0.13.2"}),
        ("torch_collect_env", {"torch": "2.5.1+cu124", "triton": "3.1.0", "nvidia-nccl-cu12": "2.21.5"}),
        ("vllm_collect_env", {"vllm": "0.10.1.1", "flashinfer-python": "0.2.11", "transformers": "4.55.2"}),
        ("vllm_collect_env_old", {"vllm": "0.5.3.post1", "torch": "2.3.1+cu121"}),
        ("show_versions", {"scikit-learn": "1.9.1", "numpy": "2.4.6", "narwhals": "2.29.0"}),
        ("pip_list", {"scikit-learn": "1.9.1", "pyyaml": "6.0.3"}),
        ("pip_freeze", {"scikit-learn": "1.9.1", "pyyaml": "6.0.3"}),
        ("jax_info", {"jax": "0.4.35", "jaxlib": "0.4.34", "numpy": "2.1.1"}),
        ("stated", {"tensorflow": "2.18.0", "transformers": "4.49", "torch": "2.4.1"}),
    ],
)
def test_versions_are_read_by_normalised_name(name: str, packages: dict[str, str]) -> None:
    environment = environment_of(name)
    assert {package: environment.version(package) for package in packages} == packages


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("transformers_env", [BlockKind.TRANSFORMERS]),
        ("diffusers_env", [BlockKind.DIFFUSERS]),
        ("accelerate_env", [BlockKind.ACCELERATE]),
        ("torch_collect_env", [BlockKind.TORCH]),
        ("vllm_collect_env", [BlockKind.VLLM]),
        ("vllm_collect_env_old", [BlockKind.VLLM]),
        ("pip_list", [BlockKind.PIP_LIST]),
        ("pip_freeze", [BlockKind.PIP_FREEZE]),
        ("nvidia_smi", [BlockKind.NVIDIA_SMI, BlockKind.NVCC]),
        ("show_versions", [BlockKind.SCIKIT_LEARN]),
        ("jax_info_cuda", [BlockKind.JAX, BlockKind.NVIDIA_SMI]),
        ("stated", []),
        ("prose", []),
    ],
)
def test_blocks_are_told_apart(name: str, kinds: list[BlockKind]) -> None:
    assert [block.kind for block in environment_of(name).blocks] == kinds


@pytest.mark.parametrize(
    ("name", "gpus"),
    [
        ("transformers_env", ["NVIDIA A100-SXM4-80GB"]),
        ("diffusers_env", ["NVIDIA GeForce RTX 4090"]),
        ("torch_collect_env", ["NVIDIA H100 80GB HBM3"] * 2),
        ("vllm_collect_env", ["NVIDIA H20"] * 4),
        ("nvidia_smi", ["NVIDIA L40S"] * 2),
        ("nvidia_smi_windows", ["GeForce RTX 208..."]),
        ("torch_collect_env_rocm", ["AMD Radeon RX 7900 XTX (gfx1100)"]),
    ],
)
def test_devices_are_listed_once_each(name: str, gpus: list[str]) -> None:
    assert [gpu.value for gpu in environment_of(name).gpus] == gpus


def test_every_fact_names_its_block_and_line() -> None:
    for path in FIXTURES.glob("*.md"):
        lines = path.read_text(encoding="utf-8").split("\n")
        environment = read_environment("\n".join(lines))
        for fact in environment.packages.values():
            version = fact.value.partition("+")[0]
            assert version in lines[fact.source.line - 1], (path.name, fact)


def test_two_versions_in_two_blocks_contradict_each_other() -> None:
    [contradiction] = environment_of("contradictions").contradictions
    assert contradiction.what == "torch"
    assert [fact.value for fact in contradiction.facts] == ["2.6.0+cu124", "2.3.1"]
    assert [str(fact.source) for fact in contradiction.facts] == [
        "transformers env, line 6",
        "pip list, line 14",
    ]


def test_a_shorter_version_does_not_contradict_a_longer_one() -> None:
    assert environment_of("torch_collect_env").contradictions == ()
    assert read_environment("- PyTorch: 2.5\n- torch: 2.5.1+cu124").contradictions == ()


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("transformers_env", "linux"),
        ("transformers_env_bare", "macos"),
        ("diffusers_env", "windows"),
        ("jax_info", "linux"),
        ("pip_list", None),
    ],
)
def test_the_family_of_the_system_is_told(name: str, family: str | None) -> None:
    assert environment_of(name).os_family == family


def test_a_kernel_of_wsl_is_told_from_linux() -> None:
    said = "- OS: Linux-5.15.153.1-microsoft-standard-WSL2-x86_64-with-glibc2.35"
    assert read_environment(said).os_family == "wsl"


def test_masking_keeps_what_people_say_and_every_line_number() -> None:
    text = text_of("transformers_env")
    masked = without_environment(text)
    assert masked.count("\n") == text.count("\n")
    assert "A100" not in masked
    assert "FSDP" not in masked
    assert "which are not of the environment" in masked


@pytest.mark.parametrize(
    ("name", "gone", "kept"),
    [
        ("vllm_collect_env", ["ROCM", "Neuron", "TORCHINDUCTOR", "AMD EPYC"], ["empty text under load"]),
        ("vllm_collect_env_old", ["ROCM", "Neuron", "GPU Topology"], ["Your current environment"]),
        ("torch_collect_env", ["ROCM", "XNNPACK", "conda]"], ["gives another result", "cc @someone"]),
        ("torch_collect_env_xpu", ["ROCM", "XPU", "CUDA"], ["</details>"]),
        ("nvidia_smi", ["L40S", "Processes"], ["Here is what the machine has"]),
        ("nvidia_smi_windows", ["GeForce"], ["Driver is fresh."]),
        ("transformers_env_bare", ["Tensorflow"], ["The generation is wrong"]),
        ("show_versions", ["openblas", "joblib"], ["Anything else", "No."]),
    ],
)
def test_keywords_of_a_dump_are_masked(name: str, gone: list[str], kept: list[str]) -> None:
    masked = without_environment(text_of(name))
    assert [word for word in gone if word in masked] == []
    assert [word for word in kept if word not in masked] == []


@pytest.mark.parametrize("name", ["prose", "stated"])
def test_a_text_without_blocks_is_left_as_it_is(name: str) -> None:
    assert without_environment(text_of(name)) == text_of(name)


def test_a_traceback_below_a_dump_in_one_fence_is_not_masked() -> None:
    dump = "```\nPyTorch version: 2.5.1\nIs debug build: False\nOS: Ubuntu 22.04\n\n"
    trace = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: x\n```'
    assert trace in without_environment(dump + trace)


def test_a_deleted_closing_fence_does_not_swallow_the_next_field() -> None:
    text = "```\nPyTorch version: 2.5.1\nIs debug build: False\nOS: Ubuntu\n\n### Steps\n\nkey: value\n"
    assert "key: value" in without_environment(text)


def test_quoted_and_coloured_dumps_are_read() -> None:
    text = "> PyTorch version: 2.5.1\n> Is debug build: False\n> \x1b[32mOS: Ubuntu 22.04\x1b[0m\n"
    environment = read_environment(text)
    assert environment.version("torch") == "2.5.1"
    assert environment.os
    assert environment.os.value == "Ubuntu 22.04"


def test_how_to_install_says_nothing_of_what_is_installed() -> None:
    assert not read_environment("Please run `pip install torch==2.6.0`.").packages


def test_what_tensorflow_prints_of_itself_is_one_version() -> None:
    environment = read_environment("### TensorFlow version\n\nv2.9.0-18-gd8ce9f9c301 2.9.1\n")
    assert environment.version("tensorflow") == "2.9.1"
    assert environment.contradictions == ()


def test_a_requirement_from_an_address_is_read() -> None:
    text = (
        "```\naccelerate==1.0.0\n"
        "torch @ https://example.org/whl/torch-2.5.1%2Bcu124-cp311-cp311-linux_x86_64.whl\n"
        "-e git+https://example.org/a/b.git@abc#egg=b\nnumpy==2.0.1 ; python_version > '3.9'\n```"
    )
    environment = read_environment(text)
    assert environment.version("numpy") == "2.0.1"
    assert environment.version("torch") == "2.5.1+cu124"


def test_the_build_for_the_cpu_says_the_accelerator_where_nothing_else_does() -> None:
    accelerator = read_environment("- torch: 2.5.1+cpu").accelerator
    assert accelerator
    assert accelerator.value == "cpu"


def test_an_environment_cannot_be_changed() -> None:
    environment = environment_of("pip_list")
    with pytest.raises(TypeError):
        environment.packages["torch"] = environment.packages["numpy"]  # type: ignore[index]  # it must refuse

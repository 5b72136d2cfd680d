from pathlib import Path

import pytest

from bot.triage.environment import read_environment
from bot.triage.tracebacks import Group, Kind, Rules, components, find_failures, standard_rules
from bot.triage.tracebacks.tables import Part

FIXTURES = Path(__file__).parent / "fixtures"
ENVIRONMENTS = Path(__file__).parent.parent / "environment" / "fixtures"

NAMES = {
    Group.COMPONENT: {
        "core", "autograd", "compiler", "distributed", "data loading", "training", "tokenizer", "generation",
        "attention", "scheduler", "quantization", "peft", "serving", "structured output", "multimodal",
        "model definition", "serialization", "tracking",
    },
    Group.FRAMEWORK: {
        "pytorch", "tensorflow", "jax", "keras", "transformers", "diffusers", "vllm", "onnxruntime",
        "deepspeed", "accelerate", "ray", "triton", "spark",
    },
}  # fmt: skip


def proposed(name: str, group: Group) -> list[str]:
    text = (FIXTURES / f"{name}.md").read_text(encoding="utf-8")
    found = [proposal for failure in find_failures(text) for proposal in components(failure)]
    return [proposal.name for proposal in found if proposal.group is group]


@pytest.mark.parametrize(
    ("name", "component", "framework"),
    [
        ("ranks", ["distributed"], ["pytorch"]),
        ("compile", ["compiler"], ["pytorch"]),
        ("notebook", ["generation"], ["transformers"]),
        ("truncated", ["peft"], ["transformers"]),
        ("cut_off", ["quantization"], []),
        ("vllm_log", ["quantization", "serving"], ["vllm", "vllm"]),
        ("logging_prefix", ["peft", "structured output"], ["vllm"]),
        ("undefined_symbol", ["attention"], []),
        ("c10", ["distributed"], ["pytorch"]),
        ("rust", ["tokenizer"], ["transformers"]),
        ("prose", [], []),
    ],
)
def test_frames_tell_component_and_framework(name: str, component: list[str], framework: list[str]) -> None:
    assert proposed(name, Group.COMPONENT) == component
    assert proposed(name, Group.FRAMEWORK) == framework


def test_a_proposal_says_which_frame_speaks_for_it() -> None:
    [failure] = find_failures((FIXTURES / "compile.md").read_text(encoding="utf-8"))
    reasons = {proposal.name: proposal.reason for proposal in components(failure)}
    assert reasons["compiler"] == "frame torch/_inductor/lowering.py in expand"


@pytest.mark.parametrize(
    ("name", "symptom"),
    [
        ("oom", "out of memory"),
        ("gdb", "crash"),
        ("undefined_symbol", "import or ABI"),
        ("simple", "exception"),
    ],
)
def test_the_kind_tells_the_symptom(name: str, symptom: str) -> None:
    assert proposed(name, Group.SYMPTOM) == [symptom]


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("torch_collect_env", {"cuda", "multi-gpu", "linux", "pytorch"}),
        ("torch_collect_env_rocm", {"rocm", "linux", "pytorch"}),
        ("torch_collect_env_xpu", {"xpu", "windows", "pytorch"}),
        ("vllm_collect_env", {"cuda", "multi-gpu", "linux", "vllm", "pytorch"}),
        ("transformers_env_bare", {"mps", "macos", "transformers"}),
        ("jax_info", {"tpu", "linux", "jax"}),
        ("pip_list", set()),
    ],
)
def test_an_environment_tells_hardware_and_system(name: str, names: set[str]) -> None:
    environment = read_environment((ENVIRONMENTS / f"{name}.md").read_text(encoding="utf-8"))
    proposals = components(environment)
    assert {proposal.name for proposal in proposals} == names
    assert all("line" in proposal.reason for proposal in proposals)


def test_a_repositorys_own_rules_go_first() -> None:
    own = Rules(parts=(Part(module="torch._inductor", component="my-inductor", framework="my-torch"),))
    [failure] = find_failures((FIXTURES / "compile.md").read_text(encoding="utf-8"))
    names = [proposal.name for proposal in components(failure, standard_rules().extended(own))]
    assert "my-inductor" in names
    assert "compiler" not in names


def test_the_table_uses_the_taxonomys_names_only() -> None:
    rules = standard_rules()
    assert {part.component for part in rules.parts} - {""} <= NAMES[Group.COMPONENT]
    assert {part.framework for part in rules.parts} - {""} <= NAMES[Group.FRAMEWORK]
    assert {symptom.kind for symptom in rules.symptoms} == set(Kind) - {Kind.SYNTAX}


def test_no_module_stands_in_the_table_twice() -> None:
    modules = [part.module for part in standard_rules().parts]
    assert len(modules) == len(set(modules))

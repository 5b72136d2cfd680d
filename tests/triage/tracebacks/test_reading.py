from pathlib import Path

import pytest

from bot.triage.tracebacks import Failure, Kind, find_failures

FIXTURES = Path(__file__).parent / "fixtures"


def text_of(name: str) -> str:
    return (FIXTURES / f"{name}.md").read_text(encoding="utf-8")


def failures_of(name: str) -> tuple[Failure, ...]:
    return find_failures(text_of(name))


def only(name: str) -> Failure:
    [failure] = failures_of(name)
    return failure


@pytest.mark.parametrize(
    ("name", "kind", "type_", "message"),
    [
        ("simple", Kind.EXCEPTION, "ValueError", "Expected input batch_size (2044)"),
        ("chained", Kind.EXCEPTION, "OSError", "We couldn't connect to"),
        ("ranks", Kind.EXCEPTION, "ValueError", "Must flatten tensors"),
        ("group", Kind.EXCEPTION, "ExceptionGroup", "unhandled errors in a TaskGroup"),
        ("syntax", Kind.SYNTAX, "SyntaxError", "Missing parentheses"),
        ("truncated", Kind.EXCEPTION, "RuntimeError", "mat1 and mat2 shapes"),
        ("cut_off", Kind.EXCEPTION, "", ""),
        ("colours", Kind.EXCEPTION, "KeyError", "'layers.0.weight'"),
        ("notebook", Kind.EXCEPTION, "RuntimeError", "probability tensor contains"),
        ("colab", Kind.EXCEPTION, "ValueError", "block size 16"),
        ("rich", Kind.EXCEPTION, "AssertionError", "gradients are not synchronized"),
        ("oom", Kind.OUT_OF_MEMORY, "torch.OutOfMemoryError", "CUDA out of memory."),
        ("c10", Kind.DEVICE, "c10::Error", "CUDA error: an illegal memory access"),
        ("gdb", Kind.CRASH, "Segmentation fault", "SIGSEGV"),
        ("faulthandler", Kind.CRASH, "Fatal Python error", "Segmentation fault"),
        ("ggml", Kind.ASSERTION, "GGML_ASSERT", "/home/me/llama.cpp/ggml/src/ggml-cuda/fattn.cu:319"),
        ("glog", Kind.ASSERTION, "Check failed", "Check failed: size >= 0"),
        ("rust", Kind.PANIC, "panic", "called `Option::unwrap()`"),
        ("undefined_symbol", Kind.IMPORT, "ImportError", "/opt/conda"),
        ("compile", Kind.EXCEPTION, "torch._inductor.exc.InductorError", "LoweringException"),
        ("lost_indentation", Kind.EXCEPTION, "RuntimeError", "still have inflight params"),
        ("recursion", Kind.EXCEPTION, "RecursionError", "maximum recursion depth exceeded"),
    ],
)
def test_a_failure_has_a_kind_a_type_and_a_message(name: str, kind: Kind, type_: str, message: str) -> None:
    failure = only(name)
    assert (failure.kind, failure.type) == (kind, type_)
    assert failure.message.startswith(message)


@pytest.mark.parametrize(
    ("name", "module", "function"),
    [
        ("simple", "transformers.models.llama.modeling_llama", "forward"),
        ("ranks", "torch.distributed.fsdp._init_utils", "_init_param_handle_from_module"),
        ("truncated", "peft.tuners.lora.layer", "forward"),
        ("cut_off", "bitsandbytes.nn.modules", "forward"),
        ("notebook", "transformers.generation.utils", "generate"),
        ("colab", "vllm.v1.core.kv_cache_utils", "check_enough"),
        ("rich", "deepspeed.runtime.engine", "backward"),
        ("compile", "torch._inductor.lowering", "expand"),
        ("c10", "torch.distributed", "c10d::ProcessGroupNCCL::WorkNCCL::checkTimeout"),
        ("gdb", "torch", "at::native::copy_"),
        ("ggml", "ggml", "ggml_cuda_flash_attn_ext"),
        ("glog", "tensorflow", "tensorflow::TensorShapeBase"),
        ("rust", "tokenizers", "tokenizers::models::bpe::trainer::BpeTrainer::do_train"),
        ("faulthandler", "onnxruntime.capi.onnxruntime_inference_collection", "run"),
    ],
)
def test_the_innermost_library_frame_passes_over_plumbing(name: str, module: str, function: str) -> None:
    frame = only(name).innermost_library_frame
    assert frame
    assert (frame.module, frame.function) == (module, function)


def test_frames_stand_outermost_first() -> None:
    assert [(frame.function, frame.line) for frame in only("simple").frames] == [
        ("<module>", 41),
        ("main", 33),
        ("train", 2325),
        ("_inner_training_loop", 2674),
        ("forward", 459),
        ("_wrapped_call_impl", 1751),
    ]
    assert [frame.function for frame in only("faulthandler").frames] == ["<module>", "predict", "run"]


def test_own_code_the_standard_library_and_libraries_are_told_apart() -> None:
    frames = only("chained").frames + list(only("chained").chain())[2].frames
    assert [frame.package for frame in frames] == ["", "transformers", "urllib3", "python"]


def test_a_chain_is_followed_to_its_first_cause() -> None:
    parts = list(only("chained").chain())
    assert [part.name for part in parts] == ["OSError", "LocalEntryNotFoundError", "gaierror"]
    assert [part.is_direct_cause for part in parts] == [False, True, False]


def test_the_lines_of_a_message_are_kept() -> None:
    message = list(only("chained").chain())[1].message
    assert message.endswith("on the Hub\nand we cannot find the requested files in the local cache.")


def test_interleaved_ranks_are_one_failure_that_repeats() -> None:
    assert only("ranks").repeats == 2
    assert len(only("ranks").frames) == 2


def test_the_failures_of_two_processes_are_two() -> None:
    first, second = failures_of("vllm_log")
    assert first.message == "start (0) + length (2048) exceeds dimension size (1024)."
    assert [frame.function for frame in first.frames] == ["run_engine_core", "process_weights_after_loading"]
    assert second.message.startswith("Engine core initialization failed.")


def test_any_logs_prefix_is_learned_from_the_first_line() -> None:
    first, second = failures_of("logging_prefix")
    assert first.message.startswith("Adapter rank 128")
    assert [frame.function for frame in first.frames] == ["_load_adapter"]
    assert second.type == "outlines.errors.PatternError"


def test_groups_hold_their_members_and_groups_within_them() -> None:
    group = only("group")
    assert [member.type for member in group.members] == ["TypeError", "ExceptionGroup"]
    assert group.members[0].frames[-1].module == "vllm.entrypoints.openai.serving_chat"
    assert [member.message for member in group.members[1].members] == ["the innermost of all"]


@pytest.mark.parametrize(
    ("name", "truncated"),
    [("simple", False), ("syntax", False), ("truncated", True), ("cut_off", True), ("notebook", False)],
)
def test_a_traceback_that_lacks_its_head_or_end_is_told(name: str, truncated: bool) -> None:
    assert only(name).truncated is truncated


def test_running_out_of_memory_is_known_in_every_framework() -> None:
    assert [(failure.kind, failure.name) for failure in failures_of("oom_forms")] == [
        (Kind.OUT_OF_MEMORY, "RESOURCE_EXHAUSTED"),
        (Kind.OUT_OF_MEMORY, "XlaRuntimeError"),
        (Kind.OUT_OF_MEMORY, "CUDA out of memory"),
        (Kind.OUT_OF_MEMORY, "RuntimeError"),
        (Kind.OUT_OF_MEMORY, "OutOfMemoryError"),
    ]


def test_errors_of_the_device_and_its_libraries_are_told_apart() -> None:
    failures = failures_of("cuda_errors")
    assert [failure.kind for failure in failures] == [
        Kind.ASSERTION,
        Kind.DEVICE,
        Kind.LIBRARY,
        Kind.LIBRARY,
        Kind.COLLECTIVE,
        Kind.COLLECTIVE,
    ]
    assert failures[0].repeats == 3


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Segmentation fault (core dumped)", Kind.CRASH),
        ("Bus error (core dumped)", Kind.CRASH),
        ("Aborted (core dumped)", Kind.CRASH),
        ("!!!!!!! Segfault encountered !!!!!!!", Kind.CRASH),
        ("free(): invalid pointer", Kind.CRASH),
        ("RuntimeError: HIP error: invalid device function", Kind.DEVICE),
        ("python: src/x.cc:12: int f(): Assertion `n > 0' failed.", Kind.ASSERTION),
        ("ImportError: libcudart.so.12: cannot open shared object file: No such file", Kind.IMPORT),
        ("ERROR 03-27 [a.py:3] ValueError: No available memory for the cache blocks", Kind.OUT_OF_MEMORY),
        ("E   RuntimeError: NCCL error in: ../torch/csrc/NCCLUtils.hpp:219", Kind.COLLECTIVE),
        ("GGML_ASSERT: ggml.c:100: a == b", Kind.ASSERTION),
    ],
)  # fmt: skip
def test_a_line_alone_tells_a_failure(line: str, kind: Kind) -> None:
    [failure] = find_failures(f"```\n{line}\n```")
    assert failure.kind is kind
    assert failure.frames == ()


def test_prose_and_code_that_talk_of_failures_are_none() -> None:
    assert failures_of("prose") == ()


def test_a_numbered_list_is_no_stack() -> None:
    assert find_failures("#1 open the app\n#2 press the button\n#3 it stops (always)\n#4 see also #5") == ()


def test_a_line_that_repeats_what_a_traceback_ends_with_is_dropped() -> None:
    text = text_of("oom")
    last = text.splitlines()[-2]
    assert len(find_failures(f"I get\n\n{last}\n\n{text}")) == 1


def test_the_shells_words_after_a_crash_are_dropped() -> None:
    assert [failure.type for failure in failures_of("c10")] == ["c10::Error"]


def test_a_head_and_its_first_frame_may_share_a_line() -> None:
    failure = failures_of("numpy_abi")[-1]
    assert failure.type == "AttributeError"
    assert [frame.line for frame in failure.frames] == [1, 181]


def test_lines_are_those_of_the_text() -> None:
    text = text_of("simple").splitlines()
    failure = only("simple")
    assert text[failure.line - 1].startswith("Traceback")
    assert text[failure.last_line - 1].startswith("ValueError")


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("/home/me/venv/lib/python3.11/site-packages/torch/nn/functional.py", "torch.nn.functional"),
        ("C:\\Users\\me\\venv\\Lib\\site-packages\\torch\\_ops.py", "torch._ops"),
        ("/workspace/vllm/vllm/v1/engine/core.py", "vllm.v1.engine.core"),
        ("/home/me/transformers/src/transformers/trainer.py", "transformers.trainer"),
        ("/opt/pytorch/torch/_dynamo/utils.py", "torch._dynamo.utils"),
        ("/home/me/torch/my_project/train.py", ""),
        ("/home/me/train.py", ""),
        ("/usr/lib/python3.10/threading.py", "threading"),
        ("/root/.cache/huggingface/modules/transformers_modules/a/modeling_a.py", ""),
        ("<frozen importlib._bootstrap>", ""),
    ],
)
def test_a_path_tells_its_module(path: str, module: str) -> None:
    [failure] = find_failures(
        f'```\nTraceback (most recent call last):\n  File "{path}", line 1, in f\nValueError: x\n```'
    )
    assert failure.frames[0].module == module

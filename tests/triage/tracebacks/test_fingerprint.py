import pytest

from bot.triage.tracebacks import Failure, Kind, find_failures, fingerprint, signature, why_not
from bot.triage.tracebacks.fingerprint import masked
from bot.triage.tracebacks.tables import stops

VLLM = "/usr/local/lib/python3.12/dist-packages/vllm"
TORCH = "/usr/local/lib/python3.12/dist-packages/torch"
HF = "/opt/conda/lib/python3.10/site-packages/transformers"


def trace(error: str, *frames: tuple[str, str], line: int = 10) -> str:
    body = "".join(
        f'  File "{file}", line {line + at}, in {name}\n    x()\n' for at, (file, name) in enumerate(frames)
    )
    return f"```\nTraceback (most recent call last):\n{body}{error}\n```"


def native_assertion(condition: str) -> str:
    stack = "#0 ggml_abort () from /a/libggml.so\n#1 ggml_flash () from /a/libggml.so\n"
    return f"```\n/a/ggml/src/ggml.c:10: GGML_ASSERT({condition}) failed\n{stack}```"


def caused(cause: str, failure: str) -> str:
    link = "\n\nThe above exception was the direct cause of the following exception:\n\n"
    return cause.removesuffix("\n```") + link + failure.removeprefix("```\n")


def of(text: str) -> Failure:
    return find_failures(text)[-1]


LAYER = (f"{VLLM}/model_executor/layers/linear.py", "weight_loader")
LOADER = (f"{VLLM}/model_executor/model_loader/loader.py", "load_model")
MODEL = (f"{VLLM}/model_executor/models/qwen2.py", "load_weights")
OTHER_MODEL = (f"{VLLM}/model_executor/models/llama.py", "load_weights")
GENERATE = (f"{HF}/generation/utils.py", "generate")
SAMPLE = (f"{HF}/generation/utils.py", "_sample")
CALL = (f"{TORCH}/nn/modules/module.py", "_call_impl")
MINE = ("/home/ann/run.py", "main")
YOURS = ("D:\\work\\app.py", "<module>")

SAME = {
    "other numbers and own code": (
        trace("ValueError: batch size 12 is above the limit 8", MINE, LOADER, MODEL),
        trace("ValueError: batch size 4096 is above the limit 512", YOURS, LOADER, MODEL, line=900),
    ),
    "other paths": (
        trace("OSError: cannot map the file /data/a/model-00001.safetensors of 12 GiB", MINE, LOADER, MODEL),
        trace("OSError: cannot map the file C:\\models\\b.safetensors of 3.5 GiB", MINE, LOADER, MODEL),
    ),
    "other shapes": (
        trace("RuntimeError: shape [16, 128] cannot be split into torch.Size([3, 9])", LOADER, LAYER),
        trace("RuntimeError: shape [1, 2, 3] cannot be split into torch.Size([64])", LOADER, LAYER),
    ),
    "other quoted names": (
        trace("ValueError: the option 'fp8' is unknown to the layer \"qkv_proj\" here", LOADER, LAYER),
        trace("ValueError: the option 'int4' is unknown to the layer \"down_proj\" here", LOADER, LAYER),
    ),
    "other addresses": (
        trace("RuntimeError: the pool at 0x7f00aa12 was freed twice by its owner", LOADER, LAYER),
        trace("RuntimeError: the pool at 0xdeadbeef was freed twice by its owner", LOADER, LAYER),
    ),
    "plumbing between the calls": (
        trace("ValueError: the cache is longer than its mask", GENERATE, CALL, SAMPLE),
        trace("ValueError: the cache is longer than its mask", GENERATE, SAMPLE, CALL, CALL),
    ),
    "a log's prefix and a rank": (
        trace("ValueError: the cache is longer than its mask", GENERATE, SAMPLE),
        trace("ValueError: the cache is longer than its mask", GENERATE, SAMPLE).replace("\n", "\n[rank3]: "),
    ),
    "more lines of the message": (
        trace("ValueError: the cache is longer than its mask", GENERATE, SAMPLE),
        trace("ValueError: the cache is longer than its mask\nSee the notes.", GENERATE, SAMPLE),
    ),
    "one is wrapped": (
        trace("ValueError: the weights of the layer do not match", LOADER, LAYER),
        caused(
            trace("ValueError: the weights of the layer do not match", LOADER, LAYER),
            trace("RuntimeError: Engine core initialization failed. See root cause above.", LOADER),
        ),
    ),
    "a checkout and an installation": (
        trace("ValueError: the weights of the layer do not match", LOADER, LAYER),
        trace(
            "ValueError: the weights of the layer do not match",
            ("/src/vllm/vllm/model_executor/model_loader/loader.py", "load_model"),
            ("/src/vllm/vllm/model_executor/layers/linear.py", "weight_loader"),
        ),
    ),
}

DIFFERENT = {
    "another exception": (
        trace("ValueError: the weights of the layer do not match", LOADER, LAYER),
        trace("RuntimeError: the weights of the layer do not match", LOADER, LAYER),
    ),
    "another message": (
        trace("ValueError: the weights of the layer do not match", LOADER, LAYER),
        trace("ValueError: the scales of the layer do not match", LOADER, LAYER),
    ),
    "another model's code": (
        trace("ValueError: the weights of the layer do not match", LOADER, MODEL),
        trace("ValueError: the weights of the layer do not match", LOADER, OTHER_MODEL),
    ),
    "another function": (
        trace("ValueError: the cache is longer than its mask", GENERATE, SAMPLE),
        trace("ValueError: the cache is longer than its mask", GENERATE),
    ),
    "another type of numbers": (
        trace("TypeError: expected scalar type bfloat16 here but found float32", LOADER, LAYER),
        trace("TypeError: expected scalar type float16 here but found float32", LOADER, LAYER),
    ),
    "another condition": (
        native_assertion("K->ne[1] % 256 == 0"),
        native_assertion("tensor->data != nullptr"),
    ),
}

TOO_COMMON = [
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
    "RuntimeError: CUDA error: an illegal memory access was encountered",
    "RuntimeError: CUDA error: device-side assert triggered",
    "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}",
    "vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue. See stack trace above.",
    "ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization`.",
    "AttributeError: 'Qwen2Config' object has no attribute 'rope_theta'",
    "AttributeError: module 'torch' has no attribute 'int1'",
    "TypeError: 'NoneType' object is not subscriptable",
    "TypeError: forward() got an unexpected keyword argument 'num_items_in_batch'",
    "KeyboardInterrupt",
    "SystemExit: 1",
    "AssertionError",
    "RuntimeError: NCCL error: unhandled cuda error (run with NCCL_DEBUG=INFO for details)",
    "RuntimeError: cuDNN error: CUDNN_STATUS_INTERNAL_ERROR",
    "ModuleNotFoundError: No module named 'flash_attn'",
    "ImportError: cannot import name 'x' from 'transformers'",
    "FileNotFoundError: [Errno 2] No such file or directory: '/a/b'",
    "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='huggingface.co', port=443)",
    "OSError: a/b is not a valid model identifier listed on the Hub",
    "IndexError: list index out of range",
    "subprocess.CalledProcessError: Command '['gcc']' returned non-zero exit status 1.",
    "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: run.py FAILED",
    "RuntimeError: Expected all tensors to be on the same device, but found at least two devices",
    "RuntimeError: The NVIDIA driver on your system is too old (found version 11040).",
    "SyntaxError: invalid syntax",
    "cv2.error: OpenCV(4.9.0) /x/a.cpp:10: error: (-2:Unspecified error) in function 'void f()'",
]


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_the_same_failure_has_one_fingerprint(pair: tuple[str, str]) -> None:
    one, other = map(of, pair)
    assert signature(one) == signature(other)
    assert fingerprint(one) == fingerprint(other)
    assert fingerprint(one) is not None


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT)
def test_another_failure_has_another_fingerprint(pair: tuple[str, str]) -> None:
    one, other = (fingerprint(of(text)) for text in pair)
    assert None not in {one, other}
    assert one != other


def test_no_two_of_the_different_failures_share_a_fingerprint() -> None:
    groups = [{fingerprint(of(text)) for text in pair} for pair in SAME.values()]
    assert all(len(group) == 1 for group in groups)
    texts = {text for pair in DIFFERENT.values() for text in pair}
    assert len({fingerprint(of(text)) for text in texts}) == len(texts)


@pytest.mark.parametrize("error", TOO_COMMON)
def test_what_is_too_common_has_no_fingerprint_and_a_reason(error: str) -> None:
    failure = of(trace(error, MINE, LOADER, LAYER))
    assert fingerprint(failure) is None
    reason = why_not(failure)
    assert reason
    assert reason in {stop.reason for stop in stops()}


def test_a_wrapper_of_something_too_common_is_too_common() -> None:
    text = caused(
        trace("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1 GiB.", LAYER),
        trace("ValueError: the weights of the layer could not be loaded", LOADER),
    )
    assert fingerprint(of(text)) is None


def test_a_message_of_a_few_words_without_library_frames_tells_too_little() -> None:
    failure = of(trace("ValueError: bad thing happened", MINE))
    assert fingerprint(failure) is None
    assert why_not(failure) == "its message and its library frames tell too little"


def test_a_crash_is_known_by_its_native_frames_only() -> None:
    frames = (
        "#0  0x1 in at::native::copy_() from /a/libtorch.so\n#1  0x2 in at::empty() from /a/libtorch.so\n"
    )
    assert fingerprint(of("```\nSegmentation fault (core dumped)\n```")) is None
    assert fingerprint(of(f"```\nProgram received signal SIGSEGV, Segmentation fault.\n{frames}```"))


def test_a_group_is_known_by_its_first_member() -> None:
    member = of(trace("ValueError: the weights of the layer do not match", LOADER, LAYER))
    group = Failure(Kind.EXCEPTION, "ExceptionGroup", "two errors", (), 1, 9, members=(member,))
    assert fingerprint(group) == fingerprint(member)


def test_a_fingerprint_is_sixteen_digits_and_stays_what_it_is() -> None:
    told = signature(of(SAME["other shapes"][0]))
    assert told == (
        "RuntimeError | shape <shape> cannot be split into <shape>"
        " | vllm.model_executor.layers.linear:weight_loader"
        " | vllm.model_executor.model_loader.loader:load_model"
    )
    assert fingerprint(of(SAME["other shapes"][0])) == "54b2a8032f57a575"


@pytest.mark.parametrize(
    ("message", "plain"),
    [
        ("Tried to allocate 12.5 GiB (GPU 0)", "Tried to allocate <n> (GPU <n>)"),
        ("see https://example.org/a?b=1 now", "see <url> now"),
        ("tensor on cuda:3 and cpu", "tensor on cuda:<n> and cpu"),
        ("don't use what can't be", "don't use what can't be"),
        ("size 4x128x9 of meta-llama/Llama-3-8B", "size <shape> of <path>"),
        ("commit 1f2a3b4c5d6e7f80 is gone", "commit <hex> is gone"),
        ("\n\n  An error happened", "An error happened"),
        ("loss is 1e-05 at step 12", "loss is <n> at step <n>"),
        ("mat1 and mat2 and bfloat16", "mat1 and mat2 and bfloat16"),
        ("[rank3] failed", "[<n>] failed"),
    ],
)
def test_what_differs_between_reports_is_masked(message: str, plain: str) -> None:
    assert masked(message) == plain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.environment import read_environment
from bot.triage.tracebacks import components, find_failures, fingerprint, hints, why_not
from bot.triage.tracebacks.failure import MAX_CHAIN, MAX_FRAMES, MAX_MESSAGE, Failure
from bot.triage.tracebacks.fingerprint import masked
from bot.triage.tracebacks.reading import MAX_FAILURES

MEGABYTE = 1_000_000
PIECES = [
    "Traceback (most recent call last):",
    '  File "/a/site-packages/torch/x.py", line 3, in f',
    "    x()",
    "ValueError: it is so",
    "KeyError",
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
    "  + Exception Group Traceback (most recent call last):",
    "  | ExceptionGroup: two",
    "  +-+---------------- 1 ----------------",
    "    +---------------- 2 ----------------",
    "    | ValueError: it",
    "    +------------------------------------",
    "ValueError                 Traceback (most recent call last)",
    "File ~/x.py:3, in f(a)",
    "----> 3 x()",
    "╭── Traceback (most recent call last) ──╮",
    "│ /a.py:3 in f │",
    "╰────╯",
    "terminate called after throwing an instance of 'c10::Error'",
    "  what():  x",
    "frame #0: c10::Error::Error() + 0x1 (0x2 in /a/libc10.so)",
    "Exception raised from f at /a.cpp:1 (most recent call first):",
    "#0  0x1 in f () from /a.so",
    "Fatal Python error: Segmentation fault",
    '  File "a.py", line 3 in f',
    "thread 'main' panicked at a.rs:1:2:",
    "Segmentation fault (core dumped)",
    "RuntimeError: CUDA error: x",
    "[rank0]: ",
    "[rank1]: Traceback (most recent call last):",
    "(W pid=1) ERROR 1 [a.py:1] Traceback (most recent call last):",
    "```",
    "</details>",
    "### Next",
    "",
    "\x1b[31m",
    "\x00",
]
CHAINED = (
    'Traceback (most recent call last):\n  File "/a/site-packages/torch/x.py", line 1, in f\n    x\n'
    "ValueError: y\n\nDuring handling of the above exception, another exception occurred:\n\n"
)
GROUP = (
    "  + Exception Group Traceback (most recent call last):\n  | ExceptionGroup: x\n"
    "  +-+---------------- 1 ----------------\n"
)
HOSTILE = {
    "a": "a",
    "newlines": "\n",
    "heads": "Traceback (most recent call last):\n",
    "frames": '  File "x", line 1, in f\n',
    "open frames": '  File "',
    "exceptions": "ValueError: x\n",
    "chains": CHAINED,
    "groups": GROUP,
    "pipes": "| ",
    "gdb": "#0 aaa(" + ") at a" * 300 + "\n",
    "c10": "frame #0: " + "(0x1 in " * 200 + "\n",
    "glog": "    @ 0x1 f\n",
    "panics": "thread 'a' panicked at ",
    "assertions": "Assertion `",
    "notebooks": "ValueError Traceback (most recent call last)\n",
    "boxes": "╭── Traceback (most recent call last) ──\n│ a:1 in b\n",
    "dots": "A." * 900 + "\n",
    "errors": "ERROR " * 300 + "\n",
    "digits": "1 " * 70 + "Traceback (most recent call last):\n" + "1" * 1900 + "\n",
    "quotes": "ValueError: " + "'" * 1900 + "\n",
    "slashes": "ValueError: " + "a/" * 900 + "\n",
    "brackets": "ValueError: " + "[1" * 900 + "\n",
    "fences": "```\n",
    "terminate": "terminate called after throwing an instance of 'a'\n  what():  b\n",
    "fatal": "Fatal Python error: a\n\nCurrent thread 0x1\n",
}


def parts_of(failure: Failure) -> list[Failure]:
    inside = [inner for member in failure.members for inner in parts_of(member)]
    return [*failure.chain(), *inside]


def check(text: str) -> None:
    failures = find_failures(text)
    lines = text.count("\n") + 1
    assert len(failures) <= MAX_FAILURES
    for failure in failures:
        assert 1 <= failure.line <= failure.last_line <= lines
        assert len(list(failure.chain())) <= MAX_CHAIN
        for part in parts_of(failure):
            assert len(part.frames) <= MAX_FRAMES
            assert len(part.message) <= MAX_MESSAGE
        assert (fingerprint(failure) is None) is (why_not(failure) is not None)
        assert len(components(failure)) < 50
        repr(failure)
        hash(failure)
    hints(failures, read_environment(text))


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    check(text)


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=30)), max_size=40).map("\n".join))
def test_any_mixture_of_tracebacks_is_read(text: str) -> None:
    check(text)


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
def test_any_pieces_on_one_line_are_read(text: str) -> None:
    check(text)


@given(st.text())
def test_any_message_is_masked(message: str) -> None:
    assert "\n" not in masked(message)


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_a_megabyte_is_read_within_bounds(piece: str) -> None:
    check(piece * (MEGABYTE // len(piece)))


def test_many_ranks_and_deep_groups_are_read_within_bounds() -> None:
    check("".join(f"[rank{rank}]: Traceback (most recent call last):\n" for rank in range(20_000)))
    check("".join(" " * (2 * depth) + "+-+---------------- 1 ----------------\n" for depth in range(900)))
    nested = "".join(" " * (2 * depth) + line + "\n" for depth in range(100) for line in GROUP.splitlines())
    check(nested)

"""The kinds of failure the house tells apart: whose fault it is, and whether waiting may help."""

from __future__ import annotations

from bot.rendering import code, plain


class UserError(Exception):
    """Something a person can put right; the message is posted to them and names the next step.

    The message is Markdown that goes out as it is: text from people inside it must have passed
    :func:`bot.rendering.plain` or :func:`bot.rendering.code`.
    """


class UnusableFileError(UserError):
    """A file or folder of a repository cannot be used as it is; a person can put right.

    ``problem`` and ``next_step`` are plain text; the message has both as Markdown. ``reason`` says the
    problem where the file was named already.
    """

    def __init__(self, path: str, problem: str, next_step: str) -> None:
        self.path, self.reason = path, f"it {problem}"
        self.problem, self.next_step = f"{path} {problem}.", next_step
        super().__init__(f"{code(path)} {plain(problem)}. {plain(next_step)}")


class TransientError(Exception):
    """Something that may pass by itself: a 5xx, a time-out, a rate limit.

    ``retry_after`` is how many seconds the other side asked us to wait, if it did.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RefusedError(Exception):
    """The other side will not do it, however often it is asked.

    ``status`` is the HTTP status of its answer.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class GoneError(RefusedError):
    """What the work was about cannot be reached any more: deleted, made private, or the App removed."""

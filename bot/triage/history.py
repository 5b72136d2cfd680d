"""Read a repository's issues from JSON lines, each line an issue as GitHub's REST API gives it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError


class HistoryError(ValueError):
    """A line of a history cannot be read; the message says which and why."""


def _name(label: object) -> object:
    return label.get("name") if isinstance(label, dict) else label


def _login(account: object) -> object:
    return account.get("login") if isinstance(account, dict) else account


def _empty(text: object) -> object:
    return "" if text is None else text


Text = Annotated[str, BeforeValidator(_empty)]


class PastIssue(BaseModel):
    """An issue or pull request as a history has it (REST docs: issues, list repository issues).

    A history may leave out everything but the number. ``duplicate_of`` is no field of GitHub's: the
    exporter writes there the issues this one was marked a duplicate of, from its timeline.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    number: int
    title: Text = ""
    body: Text = ""
    labels: tuple[Annotated[str, BeforeValidator(_name)], ...] = ()
    state: Text = "open"
    state_reason: Text = ""
    """``completed``, ``not_planned``, ``duplicate``, ``reopened`` or empty."""
    created_at: datetime | None = None
    closed_at: datetime | None = None
    author: Annotated[Text, BeforeValidator(_login)] = Field(default="", validation_alias="user")
    pull_request: dict[str, Any] | None = None
    """Given for pull requests only."""
    duplicate_of: tuple[int, ...] = ()

    @property
    def is_pull_request(self) -> bool:
        """Tell whether this is a pull request rather than an issue."""
        return self.pull_request is not None


class _Named(Protocol):
    """Something with a name, such as a label."""

    @property
    def name(self) -> str:
        """Give the name."""


class _Account(Protocol):
    """Somebody with a login."""

    @property
    def login(self) -> str:
        """Give the login."""


class _PresentIssue(Protocol):
    """An issue in another form than a history's."""

    number: int
    title: str
    body: str
    state: str
    state_reason: str | None
    created_at: datetime | None
    closed_at: datetime | None

    @property
    def labels(self) -> Sequence[_Named]:
        """Give the labels it has now."""

    @property
    def user(self) -> _Account | None:
        """Give who opened it; ``None`` for a deleted account."""


def past_issue(issue: _PresentIssue) -> PastIssue:
    """Give an issue in the form that is learned from and compared."""
    return PastIssue(
        number=issue.number,
        title=issue.title,
        body=issue.body,
        labels=tuple(label.name for label in issue.labels),
        state=issue.state,
        state_reason=issue.state_reason or "",
        created_at=issue.created_at,
        closed_at=issue.closed_at,
        author=issue.user.login if issue.user else "",
    )


def read_history(path: Path) -> Iterator[PastIssue]:
    """Read a history line by line, holding one issue at a time.

    Raises:
        HistoryError: a line is not an issue; the message names the file, the line and what is wrong.
        OSError: the file cannot be read.
    """
    with path.open("rb") as lines:
        yield from read_lines(lines, path.name)


def read_lines(lines: Iterable[bytes | str], name: str) -> Iterator[PastIssue]:
    """Read issues from JSON lines; empty lines are passed over; raises as :func:`read_history`."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield PastIssue.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the line"
            raise HistoryError(f"{name}, line {number}: {where}: {first['msg']}") from None

"""Keep what learning would have done in each repository, for people who decide whether to switch it on."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError
from sqlmodel import Field, Session, SQLModel, col, select

from bot import histories
from bot.events import Thread
from bot.store import PackedBytes

# scikit-learn takes a second to load, and only who reads a judgement needs it.
if TYPE_CHECKING:
    from bot.triage.learning.judge import Evaluation


class JudgedHistory(SQLModel, table=True):
    """What learning from a repository's older issues would have done on its newest."""

    __tablename__ = "judged_history"

    repository: str = Field(primary_key=True)
    """:attr:`Thread.home`."""
    name: str
    """What the repository was called then."""
    evaluation: bytes = Field(sa_type=PackedBytes)
    """An :class:`Evaluation` as JSON."""
    judged_at: float
    """Seconds since the epoch, UTC."""


@dataclass(frozen=True)
class Standing:
    """How far the bot is with learning a repository."""

    home: str
    name: str
    """Empty until it was learned once."""
    kept: int
    """Issues and pull requests that were read so far."""
    whole: bool
    """Whether all of its history was read."""
    judged_at: float | None = None
    evaluation: Evaluation | None = None


def keep(session: Session, place: Thread, evaluation: str) -> None:
    """Keep what ``giveback triage evaluate --json`` said of a repository, in place of what it said before.

    Titles are left to the history, which forgets those of issues that are taken out of view.
    """
    said = json.loads(evaluation)
    said["newest"] = [{**issue, "title": ""} for issue in said.get("newest", ())]
    row = JudgedHistory(
        repository=place.home,
        name=place.repository,
        evaluation=json.dumps(said).encode(),
        judged_at=time.time(),
    )
    session.merge(row)


def standings(session: Session) -> list[Standing]:
    """List all repositories whose history is read, by name; those that were not learned yet last."""
    found = [
        standing
        for home in session.exec(select(histories.HistoryMark.repository)).all()
        if (standing := standing_of(session, home)) is not None
    ]
    return sorted(found, key=lambda one: (one.name == "", one.name.casefold(), one.home))


def siblings(session: Session, place: Thread) -> list[str]:
    """List the homes of the same owner's other repositories that were learned before, the latest first."""
    owner = place.repository.partition("/")[0].casefold()
    rows = session.exec(
        select(JudgedHistory.repository, JudgedHistory.name)
        .where(JudgedHistory.repository != place.home)
        .order_by(col(JudgedHistory.judged_at).desc())
    ).all()
    return [home for home, name in rows if name.partition("/")[0].casefold() == owner]


def standing_of(session: Session, home: str) -> Standing | None:
    """Say how far learning is with one repository; ``None`` where nobody asked for it."""
    mark = histories.mark_of(session, home)
    if mark is None:
        return None
    kept = histories.count(session, home)
    row = session.exec(select(JudgedHistory).where(col(JudgedHistory.repository) == home)).first()
    if row is None:
        return Standing(home, "", kept, mark.whole)
    try:
        evaluation = _with_titles(session, home, _evaluations().validate_json(row.evaluation))
    except ValidationError:  # an earlier version's; the next night makes it again
        evaluation = None
    return Standing(home, row.name, kept, mark.whole, row.judged_at, evaluation)


def _with_titles(session: Session, home: str, evaluation: Evaluation) -> Evaluation:
    """Name the listed issues as they are called now, and leave out those that are gone."""
    issues = histories.some_of(session, home, [issue.number for issue in evaluation.newest])
    newest = tuple(
        replace(issue, title=issues[issue.number].title)
        for issue in evaluation.newest
        if issue.number in issues
    )
    return replace(evaluation, newest=newest)


@cache
def _evaluations() -> TypeAdapter[Evaluation]:
    from bot.triage.learning.judge import Evaluation

    return TypeAdapter(Evaluation)

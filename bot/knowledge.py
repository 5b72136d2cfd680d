"""Know what was learned of each repository: the model of its labels, and the index of its issues."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from cachetools import LRUCache
from sqlalchemy import Engine as Database
from sqlalchemy import LargeBinary
from sqlmodel import Field, Session, SQLModel, select

from bot import histories, judged, memory, threads
from bot.events import Thread
from bot.transactions import session_on
from bot.triage.embedding import IssueVectors, Vector
from bot.triage.history import PastIssue, read_history
from bot.triage.kept_vectors import write_vectors
from bot.triage.learning import ModelFileError
from bot.triage.learning.prediction import Prediction, by_rules
from bot.triage.similar.command import failure_of
from bot.triage.similar.index import SimilarIndex
from bot.triage.similar.remembered import FIX, Fix, pair_of
from bot.triage.similar.score import Match
from bot.triage.similar.sentence_model import SentenceModel, SentenceModelError
from bot.triage.similar.storage import IndexFormatError

# scikit-learn takes a second to load, and only what was learned needs it.
if TYPE_CHECKING:
    from bot.triage.learning.model import Model

logger = logging.getLogger(__name__)

LOOK_AGAIN = 60.0
"""Seconds a model is used before it is asked whether another worker learned a newer one."""

MODELS_HELD = 20
"""Models in memory at once; one takes some megabytes."""

INDEXES_OPEN = 50
"""Index files open at once."""

FEWEST = 50
"""Issues and pull requests below which nothing can be learned; it spares the start of a process."""

SMALL = 2_000
"""Issues and pull requests below which the owner's other repositories help with learning."""

SIBLINGS = 4
"""Other repositories that help at most."""

TO_EMBED_AT_ONCE = 50
"""Issues that may still be embedded while somebody waits for an answer; each takes some milliseconds."""

LAST_NUMBER = 2**31 - 1
"""Above the number of every issue."""

OVERLAP = 60.0
"""Seconds before the last change seen that are read again: another worker's clock may be behind."""

TAUGHT = "duplicates"
"""The feature that remembers, on the repository, which issues people called the same or not the same and, on
each issue, what fixed it."""


class LearnedModel(SQLModel, table=True):
    """The model of a repository's labels. Times are seconds since the epoch, UTC."""

    __tablename__ = "learned_model"

    repository: str = Field(primary_key=True)
    """:attr:`Thread.home`."""
    model: bytes = Field(sa_type=LargeBinary)
    learned_at: float


@dataclass
class _Held:
    """A model in memory, when it was learned, and when the database was asked last."""

    model: Model | None
    learned_at: float
    asked_at: float


@dataclass
class _Open:
    """An index file of this worker's, which knows how far it has followed the database."""

    index: SimilarIndex
    moment: float
    late: dict[int, float] = field(default_factory=dict)
    """The issues it took over of late, and when each had changed."""
    taught: dict[tuple[int, int], bool] = field(default_factory=dict)
    """The pairs people spoke about that it knows of."""
    turn: threading.Lock = field(default_factory=threading.Lock)

    def took_over(self, changes: Mapping[int, float]) -> None:
        """Note changes that the index has now; what stands in the file may lag by ``OVERLAP``."""
        self.moment = max(self.moment, *changes.values())
        known = {**self.late, **changes}
        self.late = {one: changed for one, changed in known.items() if changed >= self.moment - OVERLAP}
        if self.moment > self.index.followed + OVERLAP:
            self.index.followed = self.moment


def sentence_model_in(folder: Path | None) -> SentenceModel | None:
    """Load the operator's sentence model; where it cannot be used, say why and go without."""
    if folder is None:
        return None
    try:
        return SentenceModel.open(folder)
    except SentenceModelError as error:
        logger.warning("issues are compared and sorted by their words alone: %s", error)
        return None


class Knowledge:
    """What was learned, kept in the database; what is made from it for speed is this worker's own.

    Every method blocks, for milliseconds as a rule: call it off the event loop.
    """

    def __init__(self, database: Database, folder: Path, model: SentenceModel | None = None) -> None:
        """Keep index files in ``folder``; they can be deleted at any time, and are then made again.

        With a sentence ``model``, issues are compared and their types told by their meaning too, once a
        repository's history was embedded: that takes minutes, so the learning of the night does it.
        """
        self._database = database
        self._folder = folder
        self._sentence_model = model
        self._vectors = IssueVectors.by(model) if model is not None else None
        self._models: LRUCache[str, _Held] = LRUCache(MODELS_HELD)
        self._indexes: dict[tuple[str, bool], _Open] = {}
        self._turn = threading.Lock()

    def close(self) -> None:
        """Close the index files."""
        with self._turn:
            for opened in self._indexes.values():
                opened.index.close()
            self._indexes.clear()

    # Labels.

    def learn(self, place: Thread) -> str:
        """Learn a repository's labels from what is kept of its history, and judge what was learned.

        Say in a few words what came of it. It takes all of a core for a minute or two, so a process
        of its own does it.

        Raises:
            RuntimeError: that process failed; the message has its last words.
        """
        from bot.triage.learning.files import from_bytes

        self.follow(place)
        with session_on(self._database) as session:
            if histories.count(session, place.home) < FEWEST:
                return f"waiting for {FEWEST} issues before learning"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            history, learned = Path(folder, "history.jsonl"), Path(folder, "model")
            evaluation = Path(folder, "evaluation.json")
            files = {place.home: history}
            with session_on(self._database) as session:
                if _write_history(session, place.home, history) < SMALL:
                    for home in judged.siblings(session, place)[:SIBLINGS]:
                        files[home] = Path(folder, f"{sha256(home.encode()).hexdigest()[:32]}.jsonl")
                        _write_history(session, home, files[home])
            vectors = None
            if self._sentence_model is not None:
                vectors = Path(folder, "vectors")
                write_vectors(vectors, self._sentence_model.name, self._kept_vectors(files))
            _learn(history, learned, evaluation, list(files.values())[1:], vectors)
            content, would_have_done = learned.read_bytes(), evaluation.read_text("utf-8")
        row = LearnedModel(repository=place.home, model=content, learned_at=time.time())
        with session_on(self._database) as session:
            session.merge(row)
            judged.keep(session, place, would_have_done)
            session.commit()
        with self._turn:
            self._models.pop(place.home, None)
        return f"learned {len(from_bytes(content).labels)} labels"

    def predict(self, place: Thread, issue: PastIssue) -> Prediction:
        """Say what labels an issue would get: by rules alone while nothing was learned of its repository."""
        learned = self._model(place.home)
        if learned is None:
            return by_rules(issue)
        from bot.triage.learning.model import predict

        return predict(learned, issue, self._vectors)

    def _kept_vectors(self, histories: Mapping[str, Path]) -> Iterator[tuple[PastIssue, Vector]]:
        """Give the vectors that the indexes have of labelled issues, by the home of each history."""
        for home, file in histories.items():
            index = self._index(home, with_meaning=True).index
            for issue in read_history(file):
                if issue.labels and (vector := index.vector(issue.number)) is not None:
                    yield issue, vector

    def _model(self, home: str) -> Model | None:
        now = time.monotonic()
        with self._turn:
            held = self._models.get(home)
        if held is not None and now - held.asked_at < LOOK_AGAIN:
            return held.model
        with session_on(self._database) as session:
            learned_at = session.exec(
                select(LearnedModel.learned_at).where(LearnedModel.repository == home)
            ).first()
            if held is None or learned_at != held.learned_at:
                row = session.get(LearnedModel, home)
                held = _Held(_read(row), row.learned_at if row else 0.0, now)
        held.asked_at = now
        with self._turn:
            self._models[home] = held
        return held.model

    # Similar issues.

    def similar(self, place: Thread, issue: PastIssue, limit: int = 5) -> tuple[Match, ...]:
        """Find the issues most like one among those opened before it; none where no history is kept."""
        opened = self._index_to_ask(place.home)
        with opened.turn:
            self._follow(opened, place)
            matches = opened.index.similar(
                issue, limit=limit, earlier_than=issue.number, fingerprint=failure_of(issue)
            )
        with session_on(self._database) as session:
            return tuple(_with_fix(session, place.home, match) for match in matches)

    def follow(self, place: Thread) -> None:
        """Bring the indexes up to date now, so that nobody who asks has to wait for it.

        To embed ten thousand issues for the first time takes some minutes.
        """
        for with_meaning in (False, True) if self._sentence_model is not None else (False,):
            opened = self._index(place.home, with_meaning)
            with opened.turn:
                self._follow(opened, place)

    def _index_to_ask(self, home: str) -> _Open:
        """Choose the index with the meaning of issues, where it is not hours behind, or the one without."""
        if self._sentence_model is not None:
            opened = self._index(home, with_meaning=True)
            limit = TO_EMBED_AT_ONCE + 1
            with session_on(self._database) as session:
                missing = histories.changed_since(session, home, opened.moment, LAST_NUMBER, limit)
            if len(missing) < limit and not opened.turn.locked():
                return opened
        return self._index(home)

    def _index(self, home: str, with_meaning: bool = False) -> _Open:
        with self._turn:
            if (home, with_meaning) not in self._indexes:
                while len(self._indexes) >= INDEXES_OPEN:
                    self._indexes.pop(next(iter(self._indexes))).index.close()
                index = self._open(home, self._sentence_model if with_meaning else None)
                self._indexes[home, with_meaning] = _Open(index, index.followed)
            return self._indexes[home, with_meaning]

    def _open(self, home: str, model: SentenceModel | None) -> SimilarIndex:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = sha256(home.encode()).hexdigest()[:32]
        path = self._folder / (f"{name}-{model.name}.db" if model is not None else f"{name}.db")
        try:
            return SimilarIndex.open(path, model)
        except (IndexFormatError, sqlite3.DatabaseError):
            logger.warning("the index %s cannot be used; it is made again", path.name)
            path.unlink()
            return SimilarIndex.open(path, model)

    def _follow(self, opened: _Open, place: Thread) -> None:
        """Bring an index up to date with what is kept of the repository's history."""
        with session_on(self._database) as session:
            moment, number = opened.moment - OVERLAP, 0
            while some := histories.changed_since(session, place.home, moment, number):
                news = [one for one, changed in some if opened.late.get(one) != changed]
                present = histories.some_of(session, place.home, news)
                opened.index.add_all(present.values(), failure_of)
                for gone in set(news) - present.keys():
                    opened.index.remove(gone)
                number, moment = some[-1]
                opened.took_over(dict(some))
                session.expunge_all()
            home = Thread(place.repository, 0, place.repository_id)
            for key, said in memory.recall(session, home, TAUGHT).items():
                pair, same = pair_of(key), bool(said.get("same"))
                if pair is not None and opened.taught.get(pair) is not same:
                    opened.index.teach(*pair, same)
                    opened.taught[pair] = same


def note_fix(session: Session, place: Thread, number: int, fix: Fix) -> None:
    """Remember what fixed an issue, unless that is known: whoever saw it happen knows more of it."""
    kept = (place.home, number, TAUGHT, FIX)
    if session.get(memory.Memory, kept) is None:
        home, number, feature, key = kept
        value = fix.model_dump()
        session.add(memory.Memory(repository=home, number=number, feature=feature, key=key, value=value))


def _with_fix(session: Session, home: str, match: Match) -> Match:
    kept = session.get(memory.Memory, (home, match.number, TAUGHT, FIX))
    if kept is None:
        return match
    fix = Fix.model_validate(kept.value)
    return match._replace(fixed_by=fix.by, released_in=fix.released_in)


def _write_history(session: Session, home: str, file: Path) -> int:
    """Write a repository's issues as people labelled them: what the bot itself said teaches nothing.

    Give their number.
    """
    own = threads.all_added_labels(session, home)
    written = 0
    with file.open("w", encoding="utf-8") as lines:
        for issue in histories.all_of(session, home):
            given = tuple(label for label in issue.labels if label not in own.get(issue.number, ()))
            as_people_did = issue.model_copy(update={"labels": given})
            lines.write(as_people_did.model_dump_json(by_alias=False) + "\n")
            written += 1
    return written


def model_of(session: Session, home: str) -> Model | None:
    """Give what was learned of a repository; ``None`` where nothing was, or another version learned it."""
    return _read(session.get(LearnedModel, home))


def _learn(
    history: Path, model: Path, evaluation: Path, others: Sequence[Path], vectors: Path | None
) -> None:
    """Run ``giveback triage learn`` in a process of its own; raises RuntimeError."""
    command: list[str | Path] = [sys.executable, "-m", "bot", "triage", "learn", history, "--out", model]
    command += ["--evaluation", evaluation, *(part for other in others for part in ("--also", other))]
    command += ["--vectors", vectors] if vectors is not None else []
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    if ended.returncode:
        raise RuntimeError(f"learning failed: {ended.stderr.strip()[-500:]}")


def _read(row: LearnedModel | None) -> Model | None:
    from bot.triage.learning.files import from_bytes

    if row is None:
        return None
    try:
        return from_bytes(row.model)
    except ModelFileError as error:
        logger.warning("the model of repository %s cannot be used: %s", row.repository, error)
        return None

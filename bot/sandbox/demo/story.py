"""The story the demo plays: from a bug report to a published model, through real signed webhooks."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import httpx
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
from sqlmodel import Session, col, select

from bot.releases import ReleaseRecord
from bot.sandbox.demo.people import Person
from bot.sandbox.demo.training import fine_tune, train
from bot.store import open_database

ORGANISATION = "acme"
REPOSITORY = f"{ORGANISATION}/digits"
MODEL = f"{ORGANISATION}/digits-shifted"
FOLDER = "models/digits-shifted"
BOT = "giveback[bot]"

PATIENCE = 60.0
"""Seconds the story waits for anything the bot should do."""

ORIGINS: tuple[tuple[Literal["model", "dataset"], str, str], ...] = (
    ("model", f"{ORGANISATION}/digits-base", "apache-2.0"),
    ("dataset", f"{ORGANISATION}/sklearn-digits", "cc-by-4.0"),
)
"""What the model is made from, which is on the Hub already, and the licence of each."""

_GUIDE = "# Contributing\n\nOpen a pull request; a maintainer answers.\n"
_MANIFEST = f"""\
hub_id: {MODEL}
version: 1.0.0
source: {FOLDER}
license: apache-2.0
base_models: [{ORGANISATION}/digits-base]
base_model_relation: finetune
library_name: numpy
pipeline_tag: image-classification
title: Digits, shifted by a pixel
description: Tells handwritten digits apart that do not sit in the middle of their picture.
intended_use: Trying out a model release from end to end; not for reading real handwriting.
limitations: It has only seen pictures of 8 by 8 pixels, each shifted one pixel to the right.
datasets: [{ORGANISATION}/sklearn-digits]
evaluated_on:
  id: sklearn-digits
  name: scikit-learn's 8x8 digits, shifted
  split: test
"""

_Found = TypeVar("_Found")


class StepFailedError(Exception):
    """A step of the story did not go as it must."""


@dataclass
class Places:
    """Where everything is."""

    folder: Path
    github: str
    """Address of the sandbox GitHub's pages."""
    api: str
    """Address of its API, which may be a proxy's."""
    hub: str
    service: str
    database: str


@dataclass
class Story:
    """Plays the steps one after the other, saying what happens as it happens."""

    places: Places
    console: Console
    maya: Person
    """Maintainer with every right; she asks for the release."""
    sam: Person
    """Maintainer with write access; he approves."""
    noor: Person
    """Newcomer with no rights at all."""
    issue: int = 0
    pull: int = 0
    card_pull: int = 0
    published: dict[str, str] = field(default_factory=dict)
    step: str = ""

    def play(self) -> None:
        """Play the whole story.

        Raises:
            StepFailedError: a step failed; :attr:`step` names it.
        """
        for number, (title, act) in enumerate(self._steps(), start=1):
            self.step = title
            self.console.print(f"\n[bold]{number}. {title}[/bold]")
            started = time.monotonic()
            act()
            self.console.print(f"   [green]done[/green] in {time.monotonic() - started:.1f} s")

    def _steps(self) -> list[tuple[str, Callable[[], None]]]:
        return [
            ("Train a model, then fine-tune it", self.train),
            ("A bug report arrives with information missing", self.report_bug),
            ("A newcomer opens a pull request with the fine-tuned model", self.contribute),
            ("Somebody asks for help", self.ask_for_help),
            ("The pull request is merged and gets a model card", self.write_card),
            ("A release is asked for, and approved by a second person", self.release),
            ("The model is published", self.watch_publication),
            ("What the Hub serves is what was trained", self.compare),
        ]

    def train(self) -> None:
        """Train the base model and the fine-tuned one, for real."""
        train(self.places.folder / "models" / "base")
        fine_tune(self.places.folder / "models" / "base", self._model_folder, f"{ORGANISATION}/digits-base")
        for file in sorted(self._model_folder.iterdir()):
            self._tell(f"{file.name}: {file.stat().st_size:,} bytes")

    def report_bug(self) -> None:
        """Open an issue that lacks what is needed, and see it triaged."""
        self.issue = self.noor.open_issue(
            REPOSITORY, "[Bug] Crash when I load the model", "It fails at once."
        )
        self._until(
            "the labels", lambda: set(self.maya.labels(REPOSITORY, self.issue)) >= {"bug", "needs-info"}
        )
        self._quote(self._status_comment(self.issue, "we need a little more"))

    def contribute(self) -> None:
        """Fork, commit the model, open a pull request, and see it welcomed and labelled."""
        fork = self.noor.fork(REPOSITORY)
        self.noor.branch(fork, "shifted-digits")
        self.noor.commit_folder(
            fork, "shifted-digits", self._model_folder, FOLDER, "Add a model for shifted digits"
        )
        head = f"{self.noor.login}:shifted-digits"
        self.pull = self.noor.open_pull_request(
            REPOSITORY, head, "Add a model for shifted digits", "Fine-tuned from the base model."
        )
        self._quote(self._status_comment(self.pull, "Welcome, noor"))
        self._until("the label", lambda: "model" in self.maya.labels(REPOSITORY, self.pull))
        self._tell(f"labels: {', '.join(self.maya.labels(REPOSITORY, self.pull))}")

    def ask_for_help(self) -> None:
        """Comment ``/help`` and get the commands she may use, with a reaction as the receipt."""
        comment = self.noor.comment(REPOSITORY, self.pull, "/help")
        self._quote(self._reply(self.pull, "/help NAME"))
        self._until("the receipt", lambda: "rocket" in self.noor.reactions(REPOSITORY, comment))

    def write_card(self) -> None:
        """Merge, ask for the model card, get it as a pull request, and merge that too."""
        self.maya.merge(REPOSITORY, self.pull)
        self._ask(self.maya, "/model-card")
        status = self._status_comment(self.pull, "The card of")
        found = re.search(r"is in #(\d+)", status)
        if not found:
            raise StepFailedError(f"the status comment names no pull request:\n{status}")
        self.card_pull = int(found[1])
        self._quote(status)
        self.maya.merge(REPOSITORY, self.card_pull)
        self._tell(f"{self.places.github}/{REPOSITORY}/pull/{self.card_pull} is merged")

    def release(self) -> None:
        """Ask for the release, be refused one's own approval, and get a second person's."""
        self._ask(self.maya, "/release-model")
        status = self._status_comment(self.pull, "Waiting for approval")
        self._quote(status)
        found = re.search(r"/approve [0-9a-f]{12}", status)
        if found is None:
            raise StepFailedError(f"the status comment has no line to approve with:\n{status}")
        own = self.maya.comment(REPOSITORY, self.pull, found[0])
        self._until("the refusal", lambda: "confused" in self.maya.reactions(REPOSITORY, own))
        self._tell("maya may not approve her own release: " + self._reply(self.pull, "somebody else").strip())
        self._ask(self.sam, found[0])

    def watch_publication(self) -> None:
        """Follow the upload until the thread says that the model is published."""
        record = self._follow()
        if record.status != "published":
            raise StepFailedError(f"the release ended as {record.status}: {record.message}")
        self._quote(self._reply(self.pull, "is published: "))

    def compare(self) -> None:
        """Download every file as a stranger would, and compare it with what was trained."""
        info = httpx.get(f"{self.places.hub}/api/models/{MODEL}", timeout=30, trust_env=False)
        if info.status_code != 200 or info.json()["private"]:
            raise StepFailedError(f"{MODEL} is not public: {info.status_code}")
        served = {file["rfilename"] for file in info.json()["siblings"]}
        for file in sorted(self._model_folder.iterdir()):
            if file.name not in served:
                raise StepFailedError(f"{file.name} is not on the Hub")
            address = f"{self.places.hub}/{MODEL}/resolve/v1.0.0/{file.name}"
            content = httpx.get(address, follow_redirects=True, timeout=60, trust_env=False)
            digest = hashlib.sha256(content.raise_for_status().content).hexdigest()
            if digest != hashlib.sha256(file.read_bytes()).hexdigest():
                raise StepFailedError(f"{file.name} on the Hub differs from what was trained")
            self.published[file.name] = digest
            self._tell(f"{file.name}: sha256 {digest[:16]}… equal")

    @property
    def links(self) -> list[tuple[str, str]]:
        """List what there is to look at afterwards."""
        return [
            ("the bug report", f"{self.places.github}/{REPOSITORY}/issues/{self.issue}"),
            ("the pull request and the release", f"{self.places.github}/{REPOSITORY}/pull/{self.pull}"),
            ("the model card's pull request", f"{self.places.github}/{REPOSITORY}/pull/{self.card_pull}"),
            ("the published model", f"{self.places.hub}/{MODEL}"),
            ("the service", f"{self.places.service}/health"),
        ]

    @property
    def _model_folder(self) -> Path:
        return self.places.folder / "models" / "shifted"

    def _ask(self, person: Person, command: str) -> None:
        """Comment a command and wait for the bot to say it carried it out."""
        comment = person.comment(REPOSITORY, self.pull, command)
        self._tell(f"{person.login} comments {command}")

        def carried_out() -> bool:
            reactions = person.reactions(REPOSITORY, comment)
            if "confused" in reactions:
                raise StepFailedError(f"{command} was not carried out: {self._last_words()}")
            return "rocket" in reactions

        self._until(f"the receipt for {command}", carried_out)

    def _status_comment(self, number: int, words: str) -> str:
        """Wait until the thread's one status comment holds some words, and give the section they are in."""

        def find() -> str | None:
            own = [
                comment["body"]
                for comment in self.maya.comments(REPOSITORY, number)
                if comment["user"]["login"] == BOT and "giveback:status" in comment["body"]
            ]
            if len(own) > 1:
                raise StepFailedError(f"there are {len(own)} status comments on #{number}")
            return own[0] if own and words in own[0] else None

        return _section(self._until(f"the status comment to say “{words}”", find), words)

    def _reply(self, number: int, words: str) -> str:
        """Wait for an answer of the bot's that holds some words, and give it."""

        def find() -> str | None:
            for comment in self.maya.comments(REPOSITORY, number):
                body: str = comment["body"]
                if comment["user"]["login"] == BOT and "giveback:reply" in body and words in body:
                    return body
            return None

        return _without_marker(self._until(f"an answer that says “{words}”", find))

    def _last_words(self) -> str:
        return str(self.maya.comments(REPOSITORY, self.pull)[-1]["body"])

    def _follow(self) -> ReleaseRecord:
        """Show how far the release is until it ends."""
        with _reading(self.places.database) as newest, _progress(self.console) as progress:
            task = progress.add_task("release", total=None)
            last = ""

            def look() -> ReleaseRecord | None:
                nonlocal last
                record = newest()
                if record is None:
                    return None
                if record.step != last:
                    last = record.step
                    progress.console.print(f"   {last}")
                progress.update(
                    task,
                    description=record.step,
                    completed=record.done_bytes,
                    total=record.total_bytes or None,
                )
                return record if record.status else None

            return self._until("the release to end", look)

    def _until(self, what: str, look: Callable[[], _Found | None]) -> _Found:
        """Look again and again until there is something to see.

        Raises:
            StepFailedError: it did not come in time.
        """
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
            time.sleep(0.1)
        raise StepFailedError(f"waited {PATIENCE:.0f} s for {what}")

    def _tell(self, words: str) -> None:
        self.console.print(f"   {escape(words)}", highlight=False, soft_wrap=True)

    def _quote(self, body: str) -> None:
        """Show what the bot said."""
        for line in _without_marker(body).strip().splitlines():
            self.console.print(f"   [dim]│[/dim] {escape(line)}", highlight=False, soft_wrap=True)


def _without_marker(body: str) -> str:
    return re.sub(r"<!--.*?-->\n?", "", body)


def _section(body: str, words: str) -> str:
    """Cut the section that holds some words out of a status comment."""
    sections = re.split(r"^(?=### )|^(?=<sub>)", body, flags=re.MULTILINE)
    return next(section for section in sections if words in section)


@contextmanager
def _reading(url: str) -> Iterator[Callable[[], ReleaseRecord | None]]:
    """Read the newest release from the service's own database."""
    database = open_database(url)

    def newest() -> ReleaseRecord | None:
        with Session(database, expire_on_commit=False) as session:
            return session.exec(select(ReleaseRecord).order_by(col(ReleaseRecord.started_at).desc())).first()

    yield newest
    database.dispose()


def _progress(console: Console) -> Progress:
    columns: list[Any] = [TextColumn("   {task.description}"), BarColumn(), DownloadColumn()]
    return Progress(*columns, console=console, transient=True)


def scenery() -> dict[str, str]:
    """Give the files the repository starts with."""
    return {
        "README.md": "# Digits\n\nModels that read digits.\n",
        "CONTRIBUTING.md": _GUIDE,
        "model-release.yml": _MANIFEST,
    }

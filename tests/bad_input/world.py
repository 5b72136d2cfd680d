"""The whole service between a GitHub and a Hub, and what can be put before it to stumble over."""

from __future__ import annotations

import json
import re
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from markdown_it import MarkdownIt
from sqlmodel import select

from bot.durable import Patience
from bot.releases import ReleaseRecord
from bot.sandbox.demo.people import Person
from bot.store import Delivery
from tests.fixtures.hub import SandboxHub, running_hub
from tests.fixtures.make_models import DECLARED, finished_model
from tests.scene import Json, Place, Scene, eventually, open_scene
from tests.webhooks import headers_for

FOLDER = "models/digits"
HASTY = Patience(attempts=2, first=0.2)
ENDED = ("handled", "ignored", "dead")

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_INTERNAL = re.compile(r"[Ii]nternal error|Traceback \(|\b[A-Z]\w+(?:Error|Exception)\b|[Ee]rrno")


@dataclass(eq=False)
class World:
    """A scene with a Hub, and carol, who may write and so approve."""

    scene: Scene
    hub: SandboxHub
    carol: Person
    home: Path

    @property
    def github(self) -> Any:
        return self.scene.github

    def knock(self, event: str, body: bytes, **headers: str) -> httpx.Response:
        """Send a signed delivery whose body is any bytes."""
        assert self.scene.service is not None
        made = headers_for(body, event=event) | headers
        return httpx.post(f"{self.scene.service.url}/webhook", content=body, headers=made, timeout=30)

    def end_of(self, guid: str) -> Delivery:
        """Give a delivery once it is over."""

        def over() -> Delivery | None:
            with self.scene.session() as session:
                row = session.exec(select(Delivery).where(Delivery.guid == guid)).first()
            return row if row is not None and row.status in ENDED else None

        found = eventually(over, f"the end of {guid}")
        assert found is not None
        return found

    def send(self, event: str, payload: Json) -> Delivery:
        """Send a signed delivery and give it once it is over."""
        guid = str(uuid.uuid4())
        answer = self.knock(event, json.dumps(payload).encode(), **{"x-github-delivery": guid})
        assert answer.status_code == 202, answer.text
        return self.end_of(guid)

    def model(self, **change: Any) -> Model:
        """Make a repository with a model that could be released, but for what a test spoils."""
        return Model.make(self, **change)


@cache
def good_model() -> Mapping[str, bytes]:
    """Give the files of a small trained model with its card, by name."""
    with TemporaryDirectory() as place:
        folder = finished_model(Path(place) / "model")
        return {path.name: path.read_bytes() for path in folder.iterdir()}


def manifest(hub_id: str, **lines: str) -> str:
    """Write a manifest for the model; ``lines`` replace or add keys."""
    said = {"hub_id": hub_id, "version": "1.0.0", "source": FOLDER, "license": "apache-2.0"}
    said |= {"base_models": f"[{', '.join(DECLARED.base_models)}]", **lines}
    return "".join(f"{key}: {value}\n" for key, value in said.items())


@dataclass
class Model:
    """A repository with a model in it, and the thread its release is asked for on."""

    world: World
    place: Place
    hub_id: str
    number: int
    seen: list[int] = field(default_factory=list)

    @classmethod
    def make(
        cls,
        world: World,
        files: Mapping[str, bytes | None] | None = None,
        *,
        lfs: Mapping[str, bytes] | None = None,
        hub_id: str | None = None,
        config: str | None = None,
        text: str | None = None,
        **lines: str,
    ) -> Model:
        """Make it; ``files`` replace the model's own, or with ``None`` take them away."""
        name = f"digits-{uuid.uuid4().hex[:8]}"
        hub_id = hub_id or f"acme/{name}"
        content: dict[str, bytes | None] = {**good_model(), **(files or {})}
        if card := content["README.md"]:
            content["README.md"] = card.replace(str(DECLARED.model_id).encode(), hub_id.encode())
        given: dict[str, Any] = {
            f"{FOLDER}/{path}": _as_base64(body) for path, body in content.items() if body is not None
        }
        given |= {f"{FOLDER}/{path}": {**_as_base64(body), "lfs": True} for path, body in (lfs or {}).items()}
        given["model-release.yml"] = manifest(hub_id, **lines) if text is None else text
        if config is not None:
            given[".github/giveback.yml"] = config
        scene = world.scene
        world.github.control("POST", "/repositories", owner=scene.org, name=name, files=given)
        place = Place(scene, f"{scene.org}/{name}")
        world.github.control(
            "PUT", "/collaborators", repository=place.name, login="carol", permission="write"
        )
        return cls(world, place, hub_id, scene.alice.open_issue(place.name, "Release it", "please"))

    # What people do.

    def say(self, body: str, by: Person | None = None) -> str:
        """Comment a command, wait until the bot is done with it, and give the receipt."""
        person = by or self.world.scene.alice
        comment = person.comment(self.place.name, self.number, body)

        def receipt() -> str | None:
            found = set(person.reactions(self.place.name, comment)) - {"eyes"}
            return found.pop() if found else None

        found = eventually(receipt, f"the receipt of {body[:40]!r}; {self.words()}")
        assert found is not None
        return found

    def answer(self, body: str, by: Person | None = None) -> str:
        """Comment a command that cannot be done, and give the bot's new reply to it."""
        before = len(self.replies())
        assert self.say(body, by) == "confused"
        (reply,) = self.replies()[before:]
        return reply

    def ask(self) -> Model:
        """Ask for a release and wait for nothing."""
        self.world.scene.alice.comment(self.place.name, self.number, "/release-model")
        return self

    def release(self) -> ReleaseRecord:
        """Ask for a release, and give it once it waits for approval or has ended."""
        assert self.say("/release-model") == "rocket", self.replies()[-1]
        return (
            eventually(
                lambda: next((one for one in self.records() if one.step == "approve" or one.status), None),
                "the release to wait or end",
            )
            or self.records()[0]
        )

    def approve(self) -> None:
        assert self.say(self.line_to_approve(), self.world.carol) == "rocket", self.replies()[-1]

    def line_to_approve(self) -> str:
        """Wait for the invitation to approve, and give the line to copy."""
        line = r"/approve [0-9a-f]{12}(?=`)"
        found = eventually(lambda: re.search(line, self.status()), "the invitation to approve")
        assert found is not None
        return found[0]

    def ended(self) -> str:
        """Wait until the release is over and people were told; give the words they were told with."""
        eventually(lambda: [one.status for one in self.records()][-1:] > [""], "the end of the release", 40)
        told = eventually(self._told, "the word that it ended")
        return told[-1]

    def _told(self) -> list[str]:
        """Give the words each release ended with, once there are as many as releases."""
        told = [one for one in self.replies() if _told(one)]
        return told if len(told) >= len(self.records()) else []

    # What can be seen.

    def records(self) -> list[ReleaseRecord]:
        with self.world.scene.session() as session:
            return list(
                session.exec(
                    select(ReleaseRecord)
                    .where(ReleaseRecord.repository == self.place.name)
                    .order_by(ReleaseRecord.started_at)  # type: ignore[arg-type]  # a column, to SQLAlchemy
                ).all()
            )

    def replies(self) -> list[str]:
        return self.place.replies(self.number)

    def status(self) -> str:
        return "\n".join(one["body"] for one in self.place.status_comments(self.number))

    def words(self) -> str:
        """Give everything the bot has said here."""
        return "\n\n".join([self.status(), *self.replies()])

    def is_on_the_hub(self) -> bool:
        return self.world.hub.exists(self.hub_id)

    def is_public(self) -> bool:
        return self.world.hub.is_public(self.hub_id)

    # What is done to its files behind everybody's back.

    @property
    def git_folder(self) -> Path:
        return self.world.home / "scene" / "github" / "git" / f"{self.place.name}.git"

    def git(self, *arguments: str, given: bytes | None = None) -> bytes:
        command = ["git", f"--git-dir={self.git_folder}", *arguments]
        return subprocess.run(command, input=given, capture_output=True, check=True).stdout

    def plant(self, *entries: tuple[str, bytes, bytes | str]) -> None:
        """Put entries into the model's tree as no client would: mode, name, and content or object id."""
        tree = _entries(self.git("cat-file", "tree", f"main:{FOLDER}"))
        for mode, name, content in entries:
            is_content = isinstance(content, bytes)
            sha = (
                self.git("hash-object", "-w", "--stdin", given=content).decode().strip()
                if isinstance(content, bytes)
                else content
            )
            if is_content:
                tree = [one for one in tree if one[1] != name]
            tree.append((mode, name, sha))
        sha = self._tree(tree)
        parents = FOLDER.split("/")
        for depth in range(len(parents) - 1, -1, -1):
            above = "/".join(parents[:depth])
            inside = _entries(self.git("cat-file", "tree", f"main:{above}" if above else "main^{tree}"))
            name = parents[depth].encode()
            sha = self._tree([(m, n, sha if n == name else s) for m, n, s in inside])
        commit = self.git(
            "-c", "user.name=mallory", "-c", "user.email=m@example.org",
            "commit-tree", sha, "-p", "main", "-m", "Odd files",
        ).decode().strip()  # fmt: skip
        self.git("update-ref", "refs/heads/main", commit)

    def _tree(self, entries: list[tuple[str, bytes, str]]) -> str:
        raw = b"".join(
            mode.lstrip("0").encode() + b" " + name + b"\0" + bytes.fromhex(sha)
            for mode, name, sha in entries
        )
        return (
            self.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", given=raw).decode().strip()
        )


def _as_base64(body: bytes) -> Json:
    import base64

    return {"base64": base64.b64encode(body).decode()}


def _told(reply: str) -> bool:
    return "giveback:reply release-" in reply


def _entries(raw: bytes) -> list[tuple[str, bytes, str]]:
    found = []
    while raw:
        head, raw = raw.split(b"\0", 1)
        mode, name = head.split(b" ", 1)
        found.append((mode.decode(), name, raw[:20].hex()))
        raw = raw[20:]
    return found


def is_clear(words: str, *parts: str) -> None:
    """Hold words for people to what all of them have to be: about the matter, safe to show, and short."""
    for part in parts:
        assert part in words, f"{part!r} is not in:\n{words}"
    assert not _INTERNAL.search(words), words
    assert len(words) < 4000, f"{len(words)} characters:\n{words[:2000]}"


@contextmanager
def open_world(home: Path) -> Iterator[World]:
    with running_hub(home / "hub") as hub:
        made = open_scene(
            home / "scene", org="acme", patience=HASTY, hub_endpoint=hub.url, hub_token=hub.token
        )
        with made as scene:
            scene.github.control("PUT", "/limits", hourly=1_000_000)  # tests look far more often than people
            carol = scene.github.person("carol")
            scene.github.control("PUT", "/members", organization=scene.org, login="carol")
            yield World(scene, hub, carol, home)


_OWN_HTML = re.compile(r"<!-- giveback:[\w:/ .-]+ -->|</?sub>|<br>|</?details>|</?summary>|The card")


def is_safe(words: str) -> None:
    """Hold what the bot posts to what anybody's text in it may do: nothing, to nobody."""
    assert len(words) <= 65_536
    assert not _CONTROLS.search(words), words
    parser = MarkdownIt("commonmark").enable("table")
    for block in parser.parse(words):
        for token in (block, *(block.children or ())):
            if token.type in ("html_block", "html_inline"):
                assert not _OWN_HTML.sub("", token.content).strip(), token.content
            elif token.type == "text":
                assert not re.search(r"@\w|(?<!/)#\d", token.content.replace("in #2", "")), token.content
            assert token.type != "image", token
            if token.type == "link_open":
                href = str(token.attrs["href"])
                assert href.startswith("http://127.0.0.1:"), href

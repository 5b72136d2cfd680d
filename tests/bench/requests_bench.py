"""Count the API requests that each kind of event costs."""

from __future__ import annotations

import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader

from bot.rendering import environment
from tests.crash.load import BODY, TITLE
from tests.crash.releases import until
from tests.processes import Json, Service, World, open_world

TIMES = 5
"""How often each kind of event happens after the first, which fills the caches."""

LABELLED = {
    ".github/labeler.yml": 'notes:\n  - changed-files:\n      - any-glob-to-any-file: "notes/**"\n',
    ".gitattributes": "generated/* linguist-generated\n",
}
"""What a repository has that labels by actions/labeler and counts lines."""

MODEL = {
    "models/digits/README.md": "---\nlicense: mit\nlibrary_name: transformers\n---\n# Digits\n",
    "models/digits/config.json": '{"architectures": ["BertForMaskedLM"], "model_type": "bert"}\n',
    "models/digits/eval_results.json": '{"eval_accuracy": 0.9}\n',
}
"""What a repository has that holds a model, two folders down."""

SIZES = ("size/XS", "size/S", "size/M", "size/L", "size/XL", "size/XXL")

_NUMBER = re.compile(r"(?<=/)\d+(?=/|$)")
_COMMIT = re.compile(r"[0-9a-f]{40}")


def run(quick: bool) -> dict[str, Any]:
    """Let people act on GitHub, and read in its log what the bot asked of it for each event."""
    times = 2 if quick else TIMES
    with tempfile.TemporaryDirectory() as folder, open_world(Path(folder), webhooks=True) as world:
        service = world.service(f"sqlite:///{folder}/giveback.db")
        service.start()
        people = People(world, world.repository("bench")["full_name"])
        labelled = People(world, world.repository("labelled", LABELLED)["full_name"])
        labelled.make_labels("notes", *SIZES)
        modelled = People(world, world.repository("modelled", MODEL)["full_name"])
        kinds: dict[str, Callable[[], object]] = {
            "an issue is opened, and lacks what a report needs": people.report_bug,
            "an issue is opened, and there is nothing to say": people.say_hello,
            "somebody comments a command (`/help`)": people.ask,
            "somebody comments without a command": people.chat,
            "a pull request is opened": people.open_pull_request,
            "a pull request gets a new commit": people.push,
            "a pull request is opened that changes a model card": modelled.change_card,
            "a pull request is opened, and gets its size and a label of `labeler.yml`": (
                labelled.open_pull_request
            ),
            "such a pull request gets a new commit": labelled.push,
            "such a pull request gets a new commit that changes its size": labelled.push_much,
        }
        return {
            "times": times,
            "kinds": {kind: _count(world, service, act, times) for kind, act in kinds.items()},
        }


def _count(world: World, service: Service, act: Callable[[], object], times: int) -> dict[str, Any]:
    """Count the bot's requests each time something happens, and list what they were as a rule."""
    times_asked = []
    for _ in range(times + 1):
        since = world.last_request
        act()
        _settle(world, service)
        asked = [
            one
            for one in world.requests(since)
            if one["actor"].endswith("[bot]") or one["path"].startswith("/app/")
        ]
        times_asked.append(asked)
    counts = [len(asked) for asked in times_asked]
    median = statistics.median(counts[1:])
    like_most = next((asked for asked in times_asked[:0:-1] if len(asked) == median), times_asked[-1])
    listed = Counter(_described(one) for one in like_most)
    return {"first": counts[0], "median": median, "asked": dict(listed)}


def _settle(world: World, service: Service) -> None:
    """Wait until all webhooks, and the echoes of the bot's own acts, are dealt with."""

    def state() -> tuple[int, bool]:
        sent = world.control(world.github, "GET", "/deliveries")
        return len(sent["deliveries"]), sent["waiting"] == 0 and service.waiting == 0

    def still() -> bool:
        (before, quiet), (after, still_quiet) = state(), state()
        return quiet and still_quiet and before == after

    until(lambda: still() and still(), "quiet")


def _described(request: Json) -> str:
    path = _COMMIT.sub("SHA", _NUMBER.sub("N", request["path"]))
    unchanged = ", unchanged" if request["status"] == 304 else ""
    return f"{request['method']} {re.sub(r'^/repos/[^/]+/[^/]+', '', path) or '/'}{unchanged}"


class People:
    """Somebody who acts on a repository."""

    def __init__(self, world: World, repository: str) -> None:
        self.world = world
        self.repository = repository
        self.number = world.bob.open_issue(repository, "A question", "How does it work?")
        self.branches = 0
        self.lines = 2

    def report_bug(self) -> None:
        """Open an issue that needs more information."""
        self.world.bob.open_issue(self.repository, TITLE, BODY)

    def say_hello(self) -> None:
        """Open an issue that needs nothing."""
        self.world.bob.open_issue(self.repository, "Greetings", "Thank you all.")

    def ask(self) -> None:
        """Comment a command."""
        self.world.bob.comment(self.repository, self.number, "/help")

    def chat(self) -> None:
        """Comment without a command."""
        self.world.bob.comment(self.repository, self.number, "I see.")

    def make_labels(self, *names: str) -> None:
        """Make labels."""
        for name in names:
            self.world.alice.call(
                "POST", f"/repos/{self.repository}/labels", {"name": name, "color": "ededed"}
            )

    def open_pull_request(self) -> None:
        """Open a pull request that adds a file."""
        self.branches += 1
        branch = f"work-{self.branches}"
        self.world.alice.branch(self.repository, branch)
        self._commit(branch)
        self.world.alice.open_pull_request(self.repository, branch, "A change", "Please take it.")

    def change_card(self) -> None:
        """Open a pull request that adds words to the card of the model."""
        self.branches += 1
        branch = f"work-{self.branches}"
        self.world.alice.branch(self.repository, branch)
        with tempfile.TemporaryDirectory() as folder:
            card = MODEL["models/digits/README.md"] + f"\nWords {self.branches}.\n"
            (Path(folder) / "README.md").write_text(card)
            self.world.alice.commit_folder(self.repository, branch, Path(folder), "models/digits", "Say more")
        self.world.alice.open_pull_request(self.repository, branch, "A better card", "Please take it.")

    def push(self) -> None:
        """Add a commit to the newest pull request."""
        self._commit(f"work-{self.branches}")

    def push_much(self) -> None:
        """Add a commit that takes the newest pull request to its next size."""
        self.lines *= 6
        self._commit(f"work-{self.branches}", self.lines)

    def _commit(self, branch: str, lines: int = 1) -> None:
        with tempfile.TemporaryDirectory() as folder:
            text = Path(folder) / f"{self.world.last_request}.txt"
            text.write_text("words\n" * lines)
            self.world.alice.commit_folder(self.repository, branch, Path(folder), "notes", "Add a note")


def section(result: Mapping[str, Any]) -> str:
    """Write the measurement as a section of docs/benchmarks.md."""
    templates = environment(FileSystemLoader(Path(__file__).parent))
    return templates.get_template("requests.md.j2").render(**result)

"""What became of a release, a rollback or a withdrawal: on the Hub, in words, and whether both agree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.release.progress import GOOD_ENDS, Reach, ReleaseOutcome, ReleaseProgress
from bot.releasing.words import TEMPLATES
from bot.rendering import render
from tests.faults.trial import LATER, RELEASES, ROLLING_BACK
from tests.fixtures.hub import SandboxHub
from tests.release.versions import HUB_ID, VERSIONS, files_at

DONE, REACHED, NOTHING, UNSURE = "done", "reached", "nothing", "unsure"
"""All of it was done; it is on the Hub, and what comes after may not be; nothing was done; nobody knows."""

_SAID = {
    Reach.NOTHING: "ended without publishing",
    Reach.UNCERTAIN: "whether it was published is not certain",
    Reach.PUBLISHED: "is published",
}
_IN_WORDS = (
    (re.compile(r"http://127\.0\.0\.1:\d+"), "https://huggingface.co"),
    (re.compile(r"acme/digits-moved-giveback-[0-9a-f]{12}"), "STAGING"),
    (re.compile(r"acme/digits-moved"), "MODEL"),
    (re.compile(r"\b[0-9a-f]{40}\b|\b[0-9a-f]{12}\b"), "COMMIT"),
)


@dataclass(frozen=True)
class Before:
    """What a model was like on the Hub before, its commits the newest first."""

    commits: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Ending:
    """How it ended, the last words on the thread, and what is not as it should be."""

    reach: str
    words: str
    wrong: tuple[str, ...] = ()


def before(hub: SandboxHub) -> Before:
    """Look at the model as it is now."""
    if not hub.exists(HUB_ID):
        return Before()
    return Before(tuple(hub.commits(HUB_ID)), tuple(sorted(hub.tags(HUB_ID).items())))


def reach_of(outcome: ReleaseOutcome) -> str:
    """Name how far it came."""
    if outcome.status in GOOD_ENDS:
        return DONE
    return {Reach.PUBLISHED: REACHED, Reach.NOTHING: NOTHING, Reach.UNCERTAIN: UNSURE}[outcome.reach]


def words_of(progress: ReleaseProgress) -> str:
    """Give the last words on the thread, without what differs from run to run."""
    words = render(f"comments/{TEMPLATES[progress.kind]}_ended.md.j2", progress=progress)
    for pattern, name in _IN_WORDS:
        words = pattern.sub(name, words)
    return " ".join(words.split())


def wrong_words(what: str, outcome: ReleaseOutcome, words: str) -> list[str]:
    """Compare the words with how far it came."""
    fits = what not in RELEASES or _SAID[outcome.reach] in words
    return [] if fits else [f"{outcome.reach} is told as: {words}"]


def wrong_on_hub(
    what: str, hub: SandboxHub, model: Path, outcome: ReleaseOutcome, earlier: Before
) -> list[str]:
    """Compare what is on the Hub with what was said of it."""
    if what in RELEASES:
        return wrong_release(what, hub, [model], [outcome], earlier)
    if what == ROLLING_BACK:
        return _wrong_rollback(hub, outcome, earlier)
    return _wrong_withdrawal(hub, outcome, earlier)


def left_over(hub: SandboxHub, told: str) -> list[str]:
    """Name the repositories that were made for it and that nobody was told of."""
    return [f"{one} is left over" for one in hub.models() if one != HUB_ID and one not in told]


def wrong_release(
    what: str, hub: SandboxHub, models: Sequence[Path], outcomes: Sequence[ReleaseOutcome], earlier: Before
) -> list[str]:
    """Compare what is on the Hub with what one or more attempts at a version say of it."""
    released = hub.is_public(HUB_ID)
    if what == LATER:
        released = hub.commits(HUB_ID) != list(earlier.commits)
    said = " And: ".join(one.message for one in outcomes)
    if released and all(one.reach is Reach.NOTHING for one in outcomes):
        return [f"it is published, and the words are: {said}"]
    if not released and any(one.reach is Reach.PUBLISHED for one in outcomes):
        return [f"it is not published, and the words are: {said}"]
    if not released:
        return []
    found = []
    head, *others = hub.commits(HUB_ID)
    if others != list(earlier.commits) and (what == LATER or len(others) != 1):
        found.append(f"there are {len(others) + 1} commits")
    if not any(_holds(hub, model) for model in models):
        found.append("its files are not those of the model")
    tags = dict(earlier.tags) | {f"v{RELEASES[what]}": head}
    if any(one.status in GOOD_ENDS for one in outcomes) and hub.tags(HUB_ID) != tags:
        found.append(f"the tags are {hub.tags(HUB_ID)}")
    return found


def _holds(hub: SandboxHub, model: Path) -> bool:
    return all(
        hub.get(f"/{HUB_ID}/resolve/main/{file.name}").content == file.read_bytes()
        for file in model.iterdir()
    )


def _wrong_rollback(hub: SandboxHub, outcome: ReleaseOutcome, earlier: Before) -> list[str]:
    held = files_at(hub, "main")
    if held not in (VERSIONS["1.0.0"], VERSIONS["1.1.0"]):
        return ["main holds half of a version"]
    if outcome.reach is Reach.NOTHING and held != VERSIONS["1.1.0"]:
        return [f"it went back, and the words are: {outcome.message}"]
    if outcome.reach is Reach.PUBLISHED and held != VERSIONS["1.0.0"]:
        return [f"it did not go back, and the words are: {outcome.message}"]
    if outcome.status not in GOOD_ENDS:
        return []
    found = []
    if hub.commits(HUB_ID) != [outcome.commit, *earlier.commits]:
        found.append(f"the commits are {hub.commits(HUB_ID)}")
    if hub.tags(HUB_ID) != dict(earlier.tags) | {"v1.0.0": outcome.commit}:
        found.append(f"the tags are {hub.tags(HUB_ID)}")
    return found


def _wrong_withdrawal(hub: SandboxHub, outcome: ReleaseOutcome, earlier: Before) -> list[str]:
    found, tags = [], hub.tags(HUB_ID)
    if f"{HUB_ID} is private;" in outcome.message and hub.is_public(HUB_ID):
        found.append(f"it is public, and the words are: {outcome.message}")
    if outcome.reach is Reach.NOTHING and outcome.status not in GOOD_ENDS and "v1.1.0" not in tags:
        found.append(f"it is deleted, and the words are: {outcome.message}")
    if outcome.status in GOOD_ENDS:
        head = hub.commits(HUB_ID)[0]
        if tags != {"v1.0.0": dict(earlier.tags)["v1.0.0"], "v1.0.0+without-1.1.0": head}:
            found.append(f"the tags are {tags}")
        if files_at(hub, "main") != VERSIONS["1.0.0"] or hub.is_public(HUB_ID):
            found.append("main does not hold the version that stays, or it is public")
    return found


WITHDRAWN_BEFORE = "has no version 1.1.0"
"""What a second attempt says when only the answer to the first one's last request got lost."""

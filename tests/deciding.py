"""Features made for a test, and what a dispatcher decides with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.actions import Action, AddLabels, React, Reply
from bot.commands import Command, Permission, ThreadKind
from bot.config import RepoConfig, Section, load
from bot.dispatch import Decision, Dispatcher, Earlier
from bot.events import Event
from bot.feature import Call, Feature
from tests.fixtures.events import event, issue


class People:
    """Answers what people may do, and remembers who was asked about."""

    def __init__(self, **held: Permission) -> None:
        self.held = held
        self.asked: list[str] = []

    async def permission(self, repository: str, login: str) -> Permission:
        self.asked.append(login)
        return self.held.get(login, Permission.READ)


Outcome = Callable[[], Sequence[Action]] | Exception


def feature(
    name: str, outcome: Outcome | None = None, *, on: str = "issues", **commands: Any
) -> Feature[Any, Any]:
    """Make a feature that answers every event of a kind with one outcome, and its commands with others."""
    made = Feature[Section, Any](name, Section)

    def come_to(result: Any) -> Sequence[Action]:
        if isinstance(result, Exception):
            raise result
        return result() if callable(result) else []

    if outcome is not None:

        @made.on(on)
        async def answer(event: Event, section: Section, reads: Any) -> Sequence[Action]:
            return come_to(outcome)

    for command_name, (who, result, *threads) in commands.items():
        for_threads = threads[0] if threads else ThreadKind.ANY
        command = Command(
            command_name, f"/{command_name}", "Does it.", who, f"/{command_name}", threads=for_threads
        )

        def register(command: Command, result: Any) -> None:
            @made.command(command)
            async def obey(call: Call, section: Section, reads: Any) -> Sequence[Action]:
                if isinstance(result, Exception):
                    raise result
                return [Reply(thread=call.thread, key=call.key, body="done", reason="asked")]

        register(command, result)
    return made


OPENED = event("issues", "opened", issue=issue())


def label(name: str) -> Callable[[], Sequence[Action]]:
    return lambda: [AddLabels(thread=OPENED.thread, labels=(name,), reason=f"is {name}")]


async def decide(
    features: Sequence[Feature[Any, Any]],
    event: Event,
    people: People | None = None,
    *,
    config: str = "",
    only: Sequence[str] | None = None,
) -> Decision:
    return await Dispatcher(features).decide(
        event, rules(features, config), people or People(), Earlier(only=tuple(only) if only else None)
    )


def rules(features: Sequence[Feature[Any, Any]], config: str = "") -> RepoConfig:
    return load(config, None, {feature.name: feature.section for feature in features})


def replies(decision: Decision) -> list[str]:
    return [action.body for action in decision.plan.actions if isinstance(action, Reply)]


def reactions(decision: Decision) -> list[str | None]:
    return [action.content for action in decision.plan.actions if isinstance(action, React)]

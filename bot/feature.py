"""What a feature is: the events and commands it answers, and its section of the configuration."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar, cast

from gidgethub.routing import AsyncCallback, Router

from bot.actions import Action
from bot.commands import Command, CommandTable, Invocation, ThreadKind, Who
from bot.config import Section
from bot.events import TIMER, Event, Issue, MalformedPayloadError, Thread

SectionT = TypeVar("SectionT", bound=Section)
ReadsT = TypeVar("ReadsT", contravariant=True)
"""The narrowest protocol of reads that a feature's handlers need."""


@dataclass(frozen=True)
class Call:
    """A command as somebody used it; their right to use it is already checked."""

    event: Event
    invocation: Invocation
    caller: str
    """Login of who wrote the command."""
    table: CommandTable
    """Every command that can be used in this repository."""
    slug: str
    """The name the App is addressed by."""

    @property
    def caller_account(self) -> int:
        """Give GitHub's number of the caller's account, which outlives a rename."""
        return self.event.payload.sender.id if self.event.payload.sender else 0

    @property
    def thread(self) -> Thread:
        """Give the issue or pull request the command was written on."""
        return self.event.thread

    @property
    def issue(self) -> Issue:
        """Give that issue, or the issue side of that pull request, as it was when the command was written.

        Raises:
            MalformedPayloadError: GitHub told of a comment on neither.
        """
        if self.event.payload.issue is None:
            raise MalformedPayloadError(f"a {self.event.name} delivery without an issue")
        return self.event.payload.issue

    @property
    def is_author(self) -> bool:
        """Tell whether the caller is who opened it."""
        return self.issue.user is not None and self.issue.user.login == self.caller

    @property
    def kind(self) -> ThreadKind:
        """Tell whether the command was written on an issue or on a pull request."""
        return ThreadKind.ISSUE if self.issue.pull_request is None else ThreadKind.PULL_REQUEST

    @property
    def key(self) -> str:
        """Tell this command from the others of the same comment."""
        return f"{self.invocation.line}-{self.invocation.name}"


EventHandler = Callable[[Event, SectionT, ReadsT], Awaitable[Sequence[Action]]]
CommandHandler = Callable[[Call, SectionT, ReadsT], Awaitable[Sequence[Action]]]


class Feature(Generic[SectionT, ReadsT]):
    """One thing the bot does for people.

    Handlers read, and return actions with reasons; they never write. A handler raises ``UserError`` for
    what a person can put right. After a ``TransientError`` it is asked again later; anything else it
    raises makes the delivery dead, to be looked at and replayed.
    """

    def __init__(self, name: str, section: type[SectionT]) -> None:
        self.name = name
        self.section = section
        self.commands: dict[str, tuple[Command, CommandHandler[SectionT, ReadsT]]] = {}
        self._who: dict[str, Callable[[SectionT], Who]] = {}
        self.events: list[str] = []
        self._router = Router()
        self._handlers: list[EventHandler[SectionT, ReadsT]] = []
        self._of_own: list[EventHandler[SectionT, ReadsT]] = []

    def on(
        self, event: str, *actions: str, also_own: bool = False
    ) -> Callable[[EventHandler[SectionT, ReadsT]], EventHandler[SectionT, ReadsT]]:
        """Register a handler for a webhook event, or for some actions of it only.

        What the bot itself did concerns only those registered with ``also_own``: a commit of the bot's needs
        its checks like any other, or a check that is required would never come.
        """

        def register(handler: EventHandler[SectionT, ReadsT]) -> EventHandler[SectionT, ReadsT]:
            # gidgethub calls what it routes to; the house only asks it which handlers an event concerns.
            route = cast(AsyncCallback[...], handler)
            for action in actions:
                self._router.add(route, event, action=action)
            if not actions:
                self._router.add(route, event)
            if handler not in self._handlers:
                self._handlers.append(handler)
            if also_own:
                self._of_own.append(handler)
            if event not in self.events:
                self.events.append(event)
            return handler

        return register

    def on_timer(
        self, name: str
    ) -> Callable[[EventHandler[SectionT, ReadsT]], EventHandler[SectionT, ReadsT]]:
        """Register a handler for a timer that this feature sets under a name.

        The event has the thread's number and nothing else of it: read what has become of it.
        """
        return self.on(TIMER, f"{self.name}.{name}")

    def command(
        self, command: Command, *, who: Callable[[SectionT], Who] | None = None
    ) -> Callable[[CommandHandler[SectionT, ReadsT]], CommandHandler[SectionT, ReadsT]]:
        """Register a handler for a command; ``who`` tells from a section who can use it, if that depends."""

        def register(handler: CommandHandler[SectionT, ReadsT]) -> CommandHandler[SectionT, ReadsT]:
            self.commands[command.name] = (command, handler)
            if who is not None:
                self._who[command.name] = who
            return handler

        return register

    def usable(self, section: SectionT) -> list[Command]:
        """List the commands that anybody at all can use under a section, with who can."""
        found = []
        for name, (command, _) in self.commands.items():
            who = self._who[name](section) if name in self._who else command.who
            if who != Who():
                found.append(command if who == command.who else replace(command, who=who))
        return found

    def handlers_for(self, event: Event, *, is_own: bool = False) -> list[EventHandler[SectionT, ReadsT]]:
        """List the handlers an event concerns, in the order they were registered.

        ``is_own`` says that the bot itself did what it tells of.
        """
        concerned = self._router.fetch(event.for_routing())
        handlers = self._of_own if is_own else self._handlers
        return [handler for handler in handlers if cast(AsyncCallback[...], handler) in concerned]

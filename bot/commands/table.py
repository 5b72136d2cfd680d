"""Describe commands, and hold the table of those the App knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from bot.commands.grammar import NAME, Fault, Invocation, Misuse, parse
from bot.commands.permission import Permission, Who
from bot.commands.purpose import ThreadKind, Topic


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing a command accepts: a word in its place, or with ``option`` a ``name=value``."""

    name: str
    description: str
    option: bool = False
    required: bool = False
    repeated: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """What a command is called, does and accepts, who may use it, and one way to write it.

    Raises ValueError when a part is empty, the usage is another command's, or the example is not valid.
    """

    name: str
    usage: str
    description: str
    who: Who
    example: str
    parameters: tuple[Parameter, ...] = ()
    topic: Topic = Topic.OTHER
    threads: ThreadKind = ThreadKind.ANY

    def __post_init__(self) -> None:
        if not re.fullmatch(NAME, self.name) or self.name != self.name.lower():
            raise ValueError(f"a command is named with a-z, 0-9 and -, not {self.name!r}")
        for part in ("usage", "description", "example"):
            if not getattr(self, part).strip():
                raise ValueError(f"/{self.name} needs its {part}")
        if self.who == Who():
            raise ValueError(f"/{self.name} needs to say who may use it")
        if self.usage.split()[0] != f"/{self.name}":
            raise ValueError(f"the usage of /{self.name} begins with /{self.name}, not {self.usage!r}")
        match parse(self.example, known=[self.name]):
            case [Invocation(name=self.name) as invocation] if self.misuse(invocation) is None:
                pass
            case _:
                raise ValueError(f"the example of /{self.name} is not a valid use of it: {self.example!r}")

    def misuse(self, invocation: Invocation) -> Misuse | None:
        """Find the first thing wrong with an invocation of this command, or None."""
        if invocation.misuse:
            return invocation.misuse
        options = {parameter.name: parameter for parameter in self.parameters if parameter.option}
        places = [parameter for parameter in self.parameters if not parameter.option]
        for name in invocation.options:
            if name not in options:
                return Misuse(Fault.UNKNOWN_OPTION, name, nearest(name, options))
        given = [(options[name], value) for name, value in invocation.options.items()]
        for index, value in enumerate(invocation.arguments):
            place = places[min(index, len(places) - 1)] if places else None
            if place is None or (index >= len(places) and not place.repeated):
                return Misuse(Fault.TOO_MANY_ARGUMENTS, value)
            given.append((place, value))
        for parameter, value in given:
            if parameter.choices and value not in parameter.choices:
                return Misuse(Fault.UNKNOWN_VALUE, value, nearest(value, parameter.choices))
        used = {parameter.name for parameter, _ in given}
        missing = (parameter for parameter in self.parameters if parameter.required)
        return next((Misuse(Fault.MISSING, one.name) for one in missing if one.name not in used), None)


class CommandTable(Mapping[str, Command]):
    """The commands the App knows, by name and in the order given.

    Raises ValueError for a name taken twice.
    """

    def __init__(self, commands: Iterable[Command]) -> None:
        self._commands: dict[str, Command] = {}
        for command in commands:
            if command.name in self._commands:
                raise ValueError(f"two commands are called /{command.name}")
            self._commands[command.name] = command

    def __getitem__(self, name: str) -> Command:
        return self._commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._commands)

    def __len__(self) -> int:
        return len(self._commands)

    def nearest(self, name: str) -> str:
        """Guess which command was meant; empty when none is near."""
        return nearest(name, self)

    def allows(self, command: Command, role_name: str, *, is_author: bool, permission: str = "none") -> bool:
        """Say whether GitHub's collaborator-permission answer entitles a person to a command."""
        return command.who.allows(Permission.held(role_name, permission), is_author=is_author)

    def misuse(self, invocation: Invocation) -> Misuse | None:
        """Find what is wrong with an invocation, an unknown name included, or None."""
        if invocation.misuse and invocation.misuse.fault is Fault.TOO_MANY_COMMANDS:
            return invocation.misuse
        command = self.get(invocation.name)
        if command is None:
            return Misuse(Fault.UNKNOWN_COMMAND, invocation.name, self.nearest(invocation.name))
        return command.misuse(invocation)


def nearest(word: str, known: Iterable[str]) -> str:
    """Find the known word most like the one written, or an empty string."""
    return next(iter(get_close_matches(word[:60].lower(), list(known), n=1)), "")

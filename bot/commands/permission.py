"""Say who may use a command."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Permission(IntEnum):
    """What a person may do in a repository, weakest first.

    The order and the fallback follow GitHub's "Get repository permissions for a user".
    """

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5

    @classmethod
    def held(cls, role_name: str, permission: str = "none") -> Permission:
        """Read the endpoint's answer; a custom role counts as its ``permission``, the unknown as none."""
        ranks = {rank.name.lower(): rank for rank in cls}
        return ranks.get(role_name, ranks.get(permission, cls.NONE))


@dataclass(frozen=True, slots=True)
class Who:
    """Who may use a command: those who hold a permission, and perhaps the thread's author."""

    permission: Permission | None = None
    author: bool = False

    def __or__(self, other: Who) -> Who:
        held = [who.permission for who in (self, other) if who.permission is not None]
        return Who(min(held, default=None), self.author or other.author)

    def allows(self, held: Permission, *, is_author: bool) -> bool:
        """Say whether a person with this permission may use the command."""
        return (self.author and is_author) or (self.permission is not None and held >= self.permission)


ANYONE = Who(Permission.NONE)
AUTHOR = Who(author=True)
TRIAGE = Who(Permission.TRIAGE)
WRITE = Who(Permission.WRITE)
MAINTAIN = Who(Permission.MAINTAIN)
ADMIN = Who(Permission.ADMIN)

"""Make and change a repository's content, as commits."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.sandbox.github import git
from bot.sandbox.github.calls import in_thread
from bot.sandbox.github.house import House
from bot.sandbox.github.problems import Problem, refused
from bot.sandbox.github.records import Account, Label, Repository
from bot.sandbox.github.store import timestamp

DEFAULT_LABELS = {
    "bug": ("d73a4a", "Something isn't working"),
    "documentation": ("0075ca", "Improvements or additions to documentation"),
    "duplicate": ("cfd3d7", "This issue or pull request already exists"),
    "enhancement": ("a2eeef", "New feature or request"),
    "good first issue": ("7057ff", "Good for newcomers"),
    "help wanted": ("008672", "Extra attention is needed"),
    "invalid": ("e4e669", "This doesn't seem right"),
    "question": ("d876e3", "Further information is requested"),
    "wontfix": ("ffffff", "This will not be worked on"),
}
WEB_FLOW = git.Signature("GitHub", "noreply@github.com", "")
"""How GitHub signs as the committer of what it merges; the date is filled in."""

_NAME = re.compile(r"^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$")


def signature(account: Account, date: str | None = None) -> git.Signature:
    """Say how an account signs its commits; without a public address GitHub makes one up."""
    address = account.email or f"{account.id}+{account.login}@users.noreply.github.com"
    return git.Signature(account.name or account.login, address, date or timestamp())


def signer(house: House, address: str) -> Account | None:
    """Find the account a commit's address belongs to."""
    if address == WEB_FLOW.email:
        return house.web_flow()
    number, _, rest = address.partition("+")
    if number.isdecimal() and rest.endswith("@users.noreply.github.com"):
        return house.store.accounts.get(int(number))
    return next((each for each in house.store.accounts if each.email and each.email == address), None)


def commit_files(
    repository: git.Repository,
    files: Mapping[str, bytes | None],
    *,
    parent: str | None,
    author: git.Signature,
    committer: git.Signature,
    message: str,
) -> str:
    """Store a commit that adds, replaces or (None) removes files; no ref moves."""
    changes: dict[str, tuple[str, str] | None] = {}
    for path, body in files.items():
        changes[path] = ("100644", repository.write("blob", body)) if body is not None else None
    tree = repository.write_tree(f"{parent}^{{tree}}" if parent else None, changes)
    return repository.write_commit(tree, [parent] if parent else [], author, committer, message)


async def create_repository(
    house: House,
    owner: Account,
    name: str,
    *,
    private: bool,
    default_branch: str,
    description: str | None,
    files: Mapping[str, bytes],
) -> Repository:
    """Create a repository with GitHub's default labels and, if there are files, a first commit."""
    if not _NAME.match(name) or name.endswith(".git"):
        raise refused("Repository", "name is invalid", "name")
    if house.find_repository(owner.login, name):
        raise refused("Repository", "name already exists on this account", "name")
    moment = timestamp()
    record = Repository(
        id=house.store.next_id(),
        owner_id=owner.id,
        name=name,
        private=private,
        default_branch=default_branch,
        created_at=moment,
        updated_at=moment,
        pushed_at=moment,
        description=description,
    )
    house.store.repositories.save(record)
    for label, (color, words) in DEFAULT_LABELS.items():
        house.store.labels.save(Label(house.store.next_id(), record.id, label, color, words, default=True))
    try:
        await in_thread(git.create, house.folder(record), default_branch)
        if files:
            who = signature(owner)
            opened = house.git(record)
            commit = await in_thread(
                commit_files, opened, files, parent=None, author=who, committer=who, message="Initial commit"
            )
            await in_thread(opened.update, f"refs/heads/{default_branch}", commit)
    except git.GitError as error:
        house.store.repositories.remove(record)
        raise Problem(422, str(error)) from None
    return record

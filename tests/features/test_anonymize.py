from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.actions import OpenPullRequest
from bot.datasets.anonymize.policy import read_policy
from bot.errors import UserError
from bot.events import PullRequest
from bot.features.anonymize import AnonymizeSection, policy_asked
from bot.reads import ChangedFile
from tests.fixtures.events import call, issue, pull_request

ON_PULL = issue(pull_request={"url": "https://api.github.com/pulls/7"})
PEOPLE = "who,mail,note\n1,erika@clinic-nord.de,Call Erika at erika@clinic-nord.de\n2,max@clinic-nord.de,\n"


@dataclass
class Reads:
    """A pull request that brings tables."""

    paths: tuple[str, ...] = ("data/people.csv",)
    content: str = PEOPLE

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        return tuple(ChangedFile(path, "added") for path in self.paths)

    async def pull_request(self, name: str, number: int) -> PullRequest:
        return PullRequest.model_validate(pull_request())

    async def branch_head(self, repository: str, branch: str) -> str:
        return "c" * 40

    async def fetch_folder(
        self,
        repository: str,
        path: str,
        commit: str,
        destination: Path,
        *,
        size_limit: int,
        names: Collection[str] | None = None,
    ) -> None:
        if (path, commit, names) == ("data", "a" * 40, ("people.csv",)):
            (destination / "people.csv").write_text(self.content, encoding="utf-8")


async def proposed(reads: Reads, command: str = "/anonymize") -> OpenPullRequest:
    (opened,) = await policy_asked(call(command, about=ON_PULL), AnonymizeSection(), reads)
    assert isinstance(opened, OpenPullRequest)
    return opened


async def test_a_policy_and_a_report_are_proposed_and_no_data_come_along() -> None:
    opened = await proposed(Reads())
    assert (opened.base, opened.start) == ("main", "c" * 40), "the branch with the data is left out"
    policy, report = opened.files
    assert policy.path == "data/people.csv.policy.yml"
    assert set(read_policy(policy.content).columns) == {"who", "mail", "note"}
    assert "| email address | verified | 3 | 0 |" in report.content
    assert "erika" not in opened.model_dump_json().casefold()


async def test_no_value_of_the_table_is_in_what_is_proposed() -> None:
    columns = ("patient", "mail", "age", "zip", "born", "note", "diagnosis", "visit")
    rows = [
        f"px{row}q,anna{row}@clinic-nord.de,{31 + row},4{row}7{row}1,19{row + 40}-03-1{row % 9},"
        f"Anna K. from ward {row} called about room {row}{row}z,illness{row}x,202{row % 4}-11-0{row % 8 + 1}"
        for row in range(30)
    ]
    opened = await proposed(Reads(content="\n".join((",".join(columns), *rows)) + "\n"))
    said = opened.model_dump_json().casefold()
    values = {cell.casefold() for row in rows for cell in row.split(",") if len(cell) > 3}
    assert not [value for value in values if value in said]


@pytest.mark.parametrize(
    ("reads", "command", "says"),
    [
        (Reads(paths=("a.csv", "b.csv")), "/anonymize", "More than one"),
        (Reads(paths=("README.md",)), "/anonymize", "no table here"),
        (Reads(), "/anonymize path=data/others.csv", "no file"),
        (Reads(content="a,b\n1\n"), "/anonymize", "cannot be worked on"),
    ],
)
async def test_what_stands_in_the_way_is_said(reads: Reads, command: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        await proposed(reads, command)

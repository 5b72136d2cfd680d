"""What is done on commits: checks are reported and run again, files are committed and proposed."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from bot.actions.base import CommitAction, Identity, ThreadAction, both_texts, union


class Annotation(BaseModel):
    """A remark at a line of a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    line: int
    column: int | None = None
    level: Literal["notice", "warning", "failure"]
    message: str


class ReportCheck(CommitAction):
    """Report a check run of a feature's own on a commit."""

    kind: Literal["report_check"] = "report_check"
    name: str
    conclusion: Literal["success", "failure", "neutral", "skipped"]
    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()

    def identity(self) -> Identity:
        """Return the commit and the name of the check run."""
        return (type(self).__name__, self.repository, self.commit, self.name)


class ReportPart(CommitAction):
    """Report one part of the check run that all features share.

    Parts are kept, so that a later report of one part leaves the others as they are. The check run fails
    when a part that is ``required`` failed.
    """

    kind: Literal["report_part"] = "report_part"
    part: str
    """What was checked, in a few words; also what tells the part from others."""
    passed: bool
    required: bool = False
    summary: str
    annotations: tuple[Annotation, ...] = ()

    def identity(self) -> Identity:
        """Return the commit and the part."""
        return (type(self).__name__, self.repository, self.commit, self.part)


class RerunChecks(ThreadAction):
    """Run what failed on a commit of a pull request again.

    What GitHub refuses to run again is told to whoever asked.
    """

    kind: Literal["rerun_checks"] = "rerun_checks"
    runs: tuple[int, ...] = ()
    """GitHub Actions runs, of which the failed jobs are run again."""
    suites: tuple[int, ...] = ()
    """Check suites that other Apps are asked for again."""

    def joined(self, later: Self) -> Self:
        """Run what both want, once."""
        return later._after(self, runs=union(self.runs, later.runs), suites=union(self.suites, later.suites))


class FileChange(BaseModel):
    """One text file of a commit the bot makes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    content: str


class CommitFiles(ThreadAction):
    """Commit text files to a branch of the repository, on top of ``expected_head`` and nothing else.

    Once that is done, ``told`` becomes the section named ``section`` of the status comment.
    """

    kind: Literal["commit_files"] = "commit_files"
    branch: str
    expected_head: str
    files: tuple[FileChange, ...]
    message: str
    section: str
    told: str

    def identity(self) -> Identity:
        """Return the branch and the commit it is on."""
        return (type(self).__name__, self.repository, self.branch, self.expected_head)

    def joined(self, later: Self) -> Self:
        """Commit the files of both at once."""
        return later._after(
            self, files=_all_files(self.files, later.files), told=both_texts(self.told, later.told)
        )


class OpenPullRequest(ThreadAction):
    """Commit text files to a branch of the bot's own and open a pull request from it.

    Once that is done, ``told`` becomes the section named ``section`` of the status comment, with
    ``{number}`` in it replaced by the pull request's number.
    """

    kind: Literal["open_pull_request"] = "open_pull_request"
    base: str
    start: str
    branch: str
    files: tuple[FileChange, ...]
    title: str
    body: str
    section: str
    told: str

    def identity(self) -> Identity:
        """Return the branch and the commit it starts from."""
        return (type(self).__name__, self.repository, self.branch, self.start)

    def joined(self, later: Self) -> Self:
        """Open one pull request with the files of both."""
        files = _all_files(self.files, later.files)
        return later._after(
            self, files=files, body=both_texts(self.body, later.body), told=both_texts(self.told, later.told)
        )


def _all_files(first: tuple[FileChange, ...], second: tuple[FileChange, ...]) -> tuple[FileChange, ...]:
    """Put the files of two changes together; of one path the later content counts."""
    return tuple({file.path: file for file in (*first, *second)}.values())

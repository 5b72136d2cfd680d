from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.actions import Action, AddLabels, Remember, RemoveLabels, ReportPart
from bot.errors import GoneError, UnusableFileError
from bot.events import Thread
from bot.features.labels import LabelsSection, decide, pull_request_changed, pull_request_edited, pushed
from bot.features.labels.rules import Choice, by_paths, default_paths
from bot.reads import ChangedFile
from tests.fixtures.events import event, pull_request

LABELER = ".github/labeler.yml"
WORKFLOW = ".github/workflows/label.yml"


class Repository:
    """A pull request that changes these paths, and the files of the default branch."""

    def __init__(self, *paths: str, files: dict[str, str] | None = None, **kept: dict[str, Any]) -> None:
        self.paths = paths
        self.files = files or {}
        self.kept = kept
        self.asked: list[str] = []

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        self.asked.append("changed_files")
        return tuple(ChangedFile(path, "modified") for path in self.paths)

    async def kept_file(self, repository: str, path: str) -> str | None:
        self.asked.append(path)
        return self.files.get(path)

    async def kept_names(self, repository: str, folder: str) -> frozenset[str]:
        below = (path.removeprefix(f"{folder}/") for path in self.files if path.startswith(f"{folder}/"))
        return frozenset(path.split("/")[0] for path in below)

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        self.asked.append(f"{path}@{ref[:4]}")
        return self.files.get(path)

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        return self.kept


async def plan(
    reads: Repository,
    action: str = "opened",
    section: LabelsSection | None = None,
    changes: dict[str, Any] | None = None,
    **pull: Any,
) -> list[Action]:
    more: dict[str, Any] = {} if changes is None else {"changes": changes}
    happened = event("pull_request", action, pull_request=pull_request(**pull), **more)
    handler = pull_request_edited if action == "edited" else pull_request_changed
    return list(await handler(happened, section or LabelsSection(), reads))


def added(actions: list[Action]) -> tuple[str, ...]:
    return tuple(label for one in actions if isinstance(one, AddLabels) for label in one.labels)


def removed(actions: list[Action]) -> tuple[str, ...]:
    return tuple(label for one in actions if isinstance(one, RemoveLabels) for label in one.labels)


def parts(actions: list[Action]) -> list[ReportPart]:
    return [one for one in actions if isinstance(one, ReportPart)]


# By path.


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("weights/model.safetensors", "model"),
        ("adapter_config.json", "model"),
        ("data/train.parquet", "dataset"),
        ("docs/index.rst", "documentation"),
        ("CHANGES.md", "documentation"),
        ("tests/test_x.py", "tests"),
        ("src/test_y.py", "tests"),
    ],
)
def test_paths_call_for_labels(path: str, label: str) -> None:
    choice = Choice()
    by_paths(choice, default_paths(), [path])
    assert label in choice.to_add


async def test_other_paths_call_for_none() -> None:
    assert await plan(Repository("src/main.py", "Makefile")) == []


async def test_all_fitting_labels_are_one_action_that_says_which_file_called_for_each() -> None:
    (action,) = await plan(Repository("a.safetensors", "b.safetensors", "README.md"))
    assert isinstance(action, AddLabels)
    assert action.labels == ("model", "documentation")
    assert action.reason == "model: changes a.safetensors; documentation: changes README.md"


async def test_a_label_that_is_there_is_not_asked_for_again() -> None:
    labels = [{"name": "Documentation"}]
    assert await plan(Repository("README.md"), "synchronize", labels=labels, section=only_docs()) == []


def only_docs() -> LabelsSection:
    return LabelsSection(paths={"documentation": ("*.md",)})


async def test_labels_that_no_longer_fit_are_taken_back_when_commits_arrive() -> None:
    assert removed(await plan(Repository("README.md"), "synchronize")) == ("model", "dataset", "tests")


async def test_nothing_is_taken_back_from_a_new_pull_request() -> None:
    assert await plan(Repository("src/main.py")) == []


async def test_the_owners_rules_replace_the_defaults() -> None:
    section = LabelsSection(paths={"ci": (".github/workflows/",)})
    assert added(await plan(Repository(".github/workflows/test.yml", "README.md"), section=section)) == (
        "ci",
    )


@pytest.mark.timeout(20)
async def test_no_pattern_keeps_the_bot_busy() -> None:
    section = LabelsSection(
        paths={"slow": ("*a*a*a*a*a*a*a*a*a*a*b",)},
        title={"slow": ("(a+)+$", "(a|a)*b")},
        body={"slow": ("(.*,){20}x",)},
    )
    hostile: dict[str, Any] = {"title": "a" * 1_000, "body": "a," * 500_000}
    assert await plan(Repository("a" * 4_000), section=section, **hostile)


# By title, body and branch.


def by_words() -> LabelsSection:
    return LabelsSection(
        paths={"docs": ("*.md",), "both": ("*.md",)},
        title={"bug": (r"^fix\b",), "both": ("shared",)},
        body={"breaking": ("BREAKING CHANGE",)},
        branch={"release": ("^release/",)},
    )


async def test_words_call_for_labels_in_either_case() -> None:
    pull = pull_request(title="Fix the loader", body="A breaking change: x")
    pull["head"]["ref"] = "release/1.0"
    happened = event("pull_request", "opened", pull_request=pull)
    actions = list(await pull_request_changed(happened, by_words(), Repository("a.py")))
    assert added(actions) == ("bug", "breaking", "release")
    (action,) = actions
    assert action.reason.startswith('bug: the title fits "^fix\\b"; breaking: the description fits')


async def test_an_edited_title_changes_its_labels_without_a_request() -> None:
    reads = Repository("README.md")
    actions = await plan(reads, "edited", by_words(), {"title": {"from": "x"}}, title="Fix it")
    assert added(actions) == ("bug",)
    assert removed(actions) == ("breaking", "release")  # "both" may still fit by the files
    assert "changed_files" not in reads.asked


async def test_an_edit_that_no_rule_looks_at_does_nothing() -> None:
    assert await plan(Repository("README.md"), "edited", only_docs(), {"title": {"from": "x"}}) == []
    assert await plan(Repository("README.md"), "edited", by_words(), {}) == []


async def test_a_pull_request_that_goes_elsewhere_is_looked_at_anew() -> None:
    changes = {"base": {"ref": {"from": "dev"}}}
    assert added(await plan(Repository("README.md"), "edited", only_docs(), changes)) == ("documentation",)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"title": {"x": ("(",)}}, "missing )"),
        ({"title": {"x": ("a(?=b)",)}}, "linear time"),
        ({"body": {"x": (r"(a)\1",)}}, "linear time"),
        ({"body": {"x": ("a" * 2000,)}}, "at most"),
        ({"paths": {"x": ("[a",)}}, "never closed"),
        ({"paths": {f"x{number}": ("a",) for number in range(501)}}, "more than 500"),
    ],
)
def test_a_pattern_that_is_not_understood_is_a_mistake_in_the_configuration(
    rules: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError, match=words.replace("(", r"\(").replace(")", r"\)")):
        LabelsSection(**rules)


# By labeler.yml.

RULES = """
docs:
  - changed-files:
      - any-glob-to-any-file: "**/*.md"
core:
  - changed-files:
      - any-glob-to-any-file: "src/**"
release:
  - base-branch: "^main$"
"""


async def test_an_existing_labeler_file_counts_instead_of_the_houses_own_rules() -> None:
    for path in (LABELER, ".github/labeler.yaml"):
        reads = Repository("src/test_x.py", "a.safetensors", files={path: RULES})
        happened = pull_request()
        happened["base"]["ref"] = "main"
        actions = await plan(reads, base=happened["base"])
        assert added(actions) == ("core", "release")
        assert 'src/test_x.py fits "src/**"' in actions[0].reason


async def test_rules_of_ones_own_count_beside_the_labeler_file() -> None:
    reads = Repository("README.md", files={LABELER: RULES})
    section = LabelsSection(paths={"readme": ("/README.md",)})
    assert added(await plan(reads, section=section)) == ("docs", "readme")


async def test_the_labeler_file_can_be_left_alone_or_be_elsewhere() -> None:
    reads = Repository("README.md", files={LABELER: RULES, "ci/labels.yml": RULES.replace("docs", "words")})
    assert added(await plan(reads, section=LabelsSection(labeler=False))) == ("documentation",)
    assert added(await plan(reads, section=LabelsSection(labeler_path="ci/labels.yml"))) == ("words",)


STEP = "jobs: {label: {steps: [{uses: actions/labeler@v5, with: {sync-labels: %s}}]}}"


@pytest.mark.parametrize(
    ("workflow", "section", "taken_back"),
    [
        (None, None, ()),
        (STEP % "false", None, ()),
        (STEP % "true", None, ("core", "release")),
        (STEP % "true", LabelsSection(sync_labels=False), ()),
        (None, LabelsSection(sync_labels=True), ("core", "release")),
        ("jobs: [", None, ()),
    ],
)
async def test_labels_of_the_file_are_taken_back_when_its_workflow_or_the_owner_says_so(
    workflow: str | None, section: LabelsSection | None, taken_back: tuple[str, ...]
) -> None:
    files = {LABELER: RULES, **({WORKFLOW: workflow} if workflow else {})}
    actions = await plan(Repository("README.md", files=files), "synchronize", section)
    assert (added(actions), removed(actions)) == (("docs",), taken_back)


async def test_the_workflow_says_where_the_file_is() -> None:
    step = "jobs: {l: {steps: [{uses: actions/labeler@v6, with: {configuration-path: ci/labels.yml}}]}}"
    files = {LABELER: RULES, WORKFLOW: step, "ci/labels.yml": RULES.replace("docs", "words")}
    assert added(await plan(Repository("README.md", files=files))) == ("words",)


async def test_limits_of_the_file_hold() -> None:
    files = {LABELER: f"max-files-changed: 1\n{RULES}"}
    assert added(await plan(Repository("src/a", "b.md", files=files))) == ()


BROKEN = "docs:\n  - changed-files:\n      - any-glob-to-no-file: x\n"


async def test_a_mistake_in_the_file_is_told_once_at_its_line() -> None:
    reads = Repository("README.md", files={LABELER: BROKEN})
    report, remember = await plan(reads)
    assert isinstance(report, ReportPart)
    assert isinstance(remember, Remember)
    assert (report.part, report.passed, report.required) == ("labeler.yml", False, False)
    (note,) = report.annotations
    assert (note.path, note.line, note.level) == (LABELER, 3, "failure")
    assert remember.thread.number == 0
    assert remember.value is not None
    assert await plan(Repository("README.md", files={LABELER: BROKEN}, labeler=remember.value)) == []


async def test_what_the_file_says_in_vain_is_told_while_it_is_used() -> None:
    reads = Repository("README.md", files={LABELER: f"{RULES}odd:\n  - colour: red\n"})
    actions = await plan(reads)
    assert added(actions) == ("docs",)
    (report,) = parts(actions)
    assert [note.level for note in report.annotations] == ["warning"]


@pytest.mark.parametrize(("text", "passed"), [(RULES, True), (BROKEN, False)])
async def test_a_change_to_the_file_is_judged_before_it_counts(text: str, passed: bool) -> None:
    reads = Repository(LABELER, files={LABELER: text})
    (report,) = parts(await plan(reads))
    assert (report.passed, report.commit) == (passed, "a" * 40)
    assert f"{LABELER}@aaaa" in reads.asked


async def test_a_change_that_reaches_the_default_branch_is_told_on_its_commit() -> None:
    async def push(text: str, path: str = LABELER) -> list[Action]:
        more: dict[str, Any] = {
            "commits": [{"modified": [path]}],
            "after": "b" * 40,
            "ref": "refs/heads/main",
        }
        reads = Repository(files={LABELER: text})
        return list(await pushed(event("push", **more), LabelsSection(), reads))

    report, remember = await push(BROKEN)
    assert isinstance(report, ReportPart)
    assert isinstance(remember, Remember)
    assert (report.passed, report.commit) == (False, "b" * 40)
    report, remember = await push(RULES)
    assert isinstance(report, ReportPart)
    assert isinstance(remember, Remember)
    assert report.passed
    assert remember.value is None
    assert await push(BROKEN, "README.md") == []


async def test_what_stands_in_the_files_place_and_is_no_text_is_told() -> None:
    class Odd(Repository):
        async def kept_file(self, repository: str, path: str) -> str | None:
            raise UnusableFileError(path, "is not UTF-8 text", "Save it as UTF-8.")

    report, _ = await plan(Odd("README.md", files={LABELER: ""}))
    assert isinstance(report, ReportPart)
    assert "UTF-8" in report.annotations[0].message


# Hostile input.


@given(st.lists(st.text(max_size=200), max_size=5), st.text(max_size=2_000), st.text(max_size=2_000))
def test_hostile_paths_and_words_only_ever_fit_or_not(paths: list[str], title: str, body: str) -> None:
    happened = event("pull_request", "opened", pull_request=pull_request(title=title, body=body))
    pull = happened.payload.pull_request
    assert pull is not None
    files = [ChangedFile(path, "modified") for path in paths]
    choice = decide(pull, files, LabelsSection(title={"x": ("a.*b",)}, body={"y": ("^$",)}), None)
    assert set(choice.to_add).isdisjoint(choice.to_remove)
    assert all(len(reason) <= 300 for reasons in choice.wanted.values() for reason in reasons)


async def test_a_pull_request_that_is_gone_is_not_decided_about() -> None:
    class Gone(Repository):
        async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
            raise GoneError("Not Found", 404)

    with pytest.raises(GoneError):
        await plan(Gone())

"""Parts: tests, and documentation, are changed together with code."""

from __future__ import annotations

from bot.features.checks.change import Change
from bot.features.checks.kinds import documentation_of, paths_of, tests_of
from bot.features.checks.section import ChecksSection
from bot.features.checks.verdict import Verdict
from bot.rendering import render
from bot.triage.attributes import Attributes
from bot.triage.ignore_patterns import IgnorePatterns

_AS_WRITTEN = Attributes()


def changed_code(change: Change, section: ChecksSection) -> list[str]:
    """List the code files a change adds lines to, without tests, documentation and generated files."""
    code, tests, documentation = paths_of("code"), tests_of(section), documentation_of(section)
    return [
        file.path
        for file in change.files
        if file.additions and file.status != "removed"
        if code.match(file.path) and not tests.match(file.path) and not documentation.match(file.path)
        if _AS_WRITTEN.why_left_out(file.path) is None
    ]


def judge_tests(change: Change, section: ChecksSection) -> Verdict:
    """Ask for tests with code."""
    return _judge(change, section, tests_of(section), "tests")


def judge_documentation(change: Change, section: ChecksSection) -> Verdict:
    """Ask for documentation with code."""
    return _judge(change, section, documentation_of(section), "documentation")


def _judge(change: Change, section: ChecksSection, wanted: IgnorePatterns, what: str) -> Verdict:
    code = changed_code(change, section)
    touched = wanted.first(file.path for file in change.files if file.status != "removed")
    passed = not code or touched is not None
    summary = render(
        "checks/parts/touched.md.j2",
        what=what,
        passed=passed,
        code=code[:5],
        more=len(code) - 5,
        touched=touched,
    )
    return Verdict(passed, summary)

from __future__ import annotations

from sqlalchemy import Engine
from sqlmodel import Session

from bot import check_parts
from bot.actions import Annotation, ReportPart
from bot.apply.checks import shared_check

COMMIT = "a" * 40


def part(name: str, *, passed: bool = True, required: bool = False, lines: int = 0) -> ReportPart:
    return ReportPart(
        repository="octo/models",
        commit=COMMIT,
        part=name,
        passed=passed,
        required=required,
        summary=f"about {name}",
        annotations=tuple(
            Annotation(path="a.py", line=line + 1, level="warning", message="look") for line in range(lines)
        ),
        reason=f"{name} was looked at",
    )


def test_the_shared_check_fails_only_for_a_part_that_is_required() -> None:
    def conclusion(*parts: ReportPart) -> str:
        return shared_check("octo/models", COMMIT, parts).conclusion

    assert conclusion(part("sign-off"), part("size")) == "success"
    assert conclusion(part("sign-off", passed=False), part("size")) == "neutral"
    assert conclusion(part("sign-off", passed=False, required=True), part("size")) == "failure"
    assert conclusion(part("sign-off", passed=False), part("size", required=True)) == "neutral"


def test_the_shared_check_says_every_part_and_points_at_every_line() -> None:
    run = shared_check("octo/models", COMMIT, (part("secrets", passed=False, lines=2), part("size", lines=1)))
    assert run.title == "1 of 2 checks need a look"
    assert all(words in run.summary for words in ("about secrets", "about size"))
    assert len(run.annotations) == 3


def test_a_part_reported_again_leaves_the_other_parts_as_they_are(database: Engine) -> None:
    with Session(database) as session:
        for report in (part("secrets"), part("size"), part("secrets", passed=False)):
            check_parts.keep(session, report)
        kept = check_parts.parts_of(session, "octo/models", COMMIT)
    assert [(one.part, one.passed) for one in kept] == [("secrets", False), ("size", True)]
    assert check_parts.digest(kept) != check_parts.digest((part("secrets"), part("size")))


def test_what_is_open_is_told_at_length_and_what_is_in_order_in_a_line_each() -> None:
    run = shared_check(
        "octo/models",
        COMMIT,
        (
            part("conflicts"),
            part("secrets", passed=False),
            part("sign-off", passed=False, required=True),
            part("tests"),
        ),
    )
    headings = [line for line in run.summary.splitlines() if line.startswith("#")]
    assert headings == [
        "## Needed before merging",
        "### sign\\-off",
        "## Worth a look",
        "### secrets",
        "## In order",
    ]
    assert "- **conflicts**: about conflicts\n- **tests**: about tests\n" in run.summary
    assert "required" in run.summary.splitlines()[-1]


def test_a_part_of_many_lines_that_passed_stays_in_its_line() -> None:
    passed = part("tests").model_copy(update={"summary": "one\n\n## two\n", "part": "a\n# b"})
    run = shared_check("octo/models", COMMIT, (passed,))
    assert [line for line in run.summary.splitlines() if line.startswith("#")] == ["## In order"]

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot.documents import (
    MAX_BYTES,
    MAX_PROBLEMS,
    DocumentError,
    Problem,
    parse_mapping,
    read_document,
    validate_mapping,
)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Rule(Strict):
    labels: list[str] = []
    comment: str | None = None


class Sample(Strict):
    name: str = "unnamed"
    size: int = 0
    visibility: Literal["public", "private"] = "public"
    rules: list[Rule] = []
    named: dict[str, Rule] = {}
    base: str | list[str] = ""

    @field_validator("name")
    @classmethod
    def _short(cls, name: str) -> str:
        if len(name) > 20:
            raise ValueError("a name has at most 20 characters")
        return name


class Needy(Strict):
    version: str
    license: str = Field(pattern="^[a-z]+$")


def problems(text: str | bytes, model: type[BaseModel] = Sample) -> tuple[Problem, ...]:
    with pytest.raises(DocumentError) as caught:
        read_document(text, model)
    return caught.value.problems


def test_a_good_document_becomes_the_model() -> None:
    read = read_document("name: a\nsize: 0x10\nrules:\n  - labels: [bug, 'on']\n", Sample)
    assert (read.name, read.size, read.rules[0].labels) == ("a", 16, ["bug", "on"])


def test_an_empty_document_is_an_empty_mapping() -> None:
    assert parse_mapping("# only a comment\n")[0] == {}


def test_values_follow_yaml_1_2_and_dates_stay_text() -> None:
    data, _ = parse_mapping("a: no\nb: 2026-01-02\nc: true\nd: ~\ne: 1.5\nf: .inf\n1: x\n")
    assert data == {
        "a": "no",
        "b": "2026-01-02",
        "c": True,
        "d": None,
        "e": 1.5,
        "f": float("inf"),
        "1": "x",
    }


def test_an_unknown_key_points_at_the_key_and_offers_the_nearest() -> None:
    assert problems("name: a\nrules:\n  - lables: [x]\n") == (
        Problem(3, 5, "rules[0].lables", 'unknown key "lables"', 'did you mean "labels"?'),
    )


def test_an_unknown_key_below_a_free_key_offers_the_nearest_too() -> None:
    [problem] = problems("named:\n  anything:\n    coment: x\n")
    assert (problem.line, problem.column, problem.hint) == (3, 5, 'did you mean "comment"?')


def test_a_wrong_value_points_at_the_value() -> None:
    [problem] = problems("name: a\nsize: large\n")
    assert (problem.line, problem.column) == (2, 7)
    assert problem.message == "expected a whole number"


def test_several_problems_are_reported_together_in_the_order_of_lines() -> None:
    found = problems("visibility: secret\nsize: x\nnam: y\n")
    assert [(one.line, one.column) for one in found] == [(1, 13), (2, 7), (3, 1)]


def test_of_very_many_problems_the_first_are_told_and_the_others_counted() -> None:
    found = problems("".join(f"nam{number}: y\n" for number in range(MAX_PROBLEMS + 7)))
    assert [one.line for one in found] == list(range(1, MAX_PROBLEMS + 2))
    assert all(one.hint == 'did you mean "name"?' for one in found[:-1])
    assert found[-1].message == "and 7 more from here on"


def test_the_known_keys_are_looked_up_once_however_many_keys_are_unknown() -> None:
    asked = []

    class Counted(Strict):
        name: str = ""

        @classmethod
        def model_json_schema(cls, *arguments: Any, **options: Any) -> dict[str, Any]:
            asked.append(cls)
            return super().model_json_schema(*arguments, **options)

    problems("nam: 1\nnmae: 1\nnaem: 1\n", Counted)
    assert len(asked) == 1


def test_a_missing_key_is_reported_where_it_is_missing() -> None:
    found = problems("license: mit\n", Needy)
    assert found == (Problem(1, 1, "", 'the key "version" is missing', None),)


def test_a_number_where_text_is_expected_says_to_quote_it() -> None:
    [problem] = problems("version: 1.10\nlicense: mit\n", Needy)
    assert "quotes" in (problem.hint or "")


def test_a_validators_own_words_are_used() -> None:
    [problem] = problems(f"name: {'x' * 30}\n")
    assert problem.message == "a name has at most 20 characters"


def test_the_branches_of_a_union_become_one_problem() -> None:
    [problem] = problems("base: {a: 1}\n")
    assert problem.path == "base"
    assert problem.message == "expected text, or expected a list"


def test_messages_never_speak_of_pydantic() -> None:
    for problem in problems("size: []\nrules: 3\nvisibility: 1\nname: [1]\nnamed: 4\n"):
        assert "pydantic" not in str(problem)
        assert "Input" not in problem.message


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\na: 2\n", 2, "given twice"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a:\n\tb: 1\n", 2, "tab"),
        ("- a\n- b\n", 1, "not a mapping"),
        ("just words\n", 1, "not a mapping"),
        (b"a: \xff\n", 1, "UTF-8"),
        ("a: 1\nb: \x00\n", 2, "not allowed"),
        ("a: [1, 2\nb: 3\n", 2, "not valid YAML"),
        ("a: !!python/object:os.system 1\n", 1, "tag"),
        ("? [a]\n: 1\n", 1, "plain text"),
        ("<<: {a: 1}\n", 1, "merge keys"),
        ("a: &loop [*loop]\n", 1, "nested too deep"),
        ("a: " + "[" * 5000, 1, "levels deep"),
        ("a: " + "9" * 5000, 1, "number cannot be read"),
        ("a" * (MAX_BYTES + 1), 1, "larger than"),
    ],
)
def test_hostile_or_broken_text_is_a_problem_with_a_place(text: str | bytes, line: int, words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_mapping(text)
    assert caught.value.problems[0].line == line
    assert words in caught.value.problems[0].message


def test_aliases_cannot_multiply_into_a_bomb() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(DocumentError, match="more than"):
        parse_mapping("\n".join(lines))


def test_ordinary_aliases_are_followed() -> None:
    assert parse_mapping("a: &x [1]\nb: *x\n")[0] == {"a": [1], "b": [1]}


def test_positions_serve_a_mapping_that_was_merged_before_it_was_checked() -> None:
    child, positions = parse_mapping("name: a\nsiez: 3\n")
    with pytest.raises(DocumentError) as caught:
        validate_mapping({"visibility": "public", **child}, positions, Sample)
    assert (caught.value.problems[0].line, caught.value.problems[0].column) == (2, 1)


_MARKS = [*"\n\t[]{}'\">|!,#1~\\@`", "\x00", "\ufeff", "\ud800"]
_WORDS = ["a", "b: ", "- ", "  ", "&x ", "*x", "%YAML 1.1", "? ", ": ", "---", "...", "<<", "0x", "!!str "]
_PIECES = st.sampled_from(_MARKS + _WORDS)


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=40).map("".join), st.binary()))
def test_any_text_either_parses_or_is_a_document_error(text: str | bytes) -> None:
    found: tuple[Problem, ...] = ()
    data: dict[str, object] = {}
    try:
        data, _ = parse_mapping(text)
    except DocumentError as error:
        found = error.problems
    assert bool(found) or isinstance(data, dict)
    assert all(problem.line >= 1 and problem.column >= 1 for problem in found)

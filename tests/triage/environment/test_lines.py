import pytest

from bot.triage.environment.keys import split_label, standard_keys
from bot.triage.environment.lines import read_lines
from bot.triage.environment.versions import agree, find_version, normalised, numbers


def test_lines_know_their_fence_and_section() -> None:
    lines = read_lines("a\n```py\nb\n```\nc\n## D\ne")
    assert [line.fenced for line in lines] == [False, False, True, True, False, False, False]
    assert [line.mark for line in lines] == [False, True, False, True, False, True, False]
    assert len({line.section for line in lines if not line.mark}) == 4


def test_a_longer_fence_is_not_closed_by_a_shorter_one() -> None:
    assert [line.fenced for line in read_lines("````\n```\na\n````\nb")] == [False, True, True, True, False]


def test_words_between_backticks_on_one_line_open_no_fence() -> None:
    assert not any(line.fenced for line in read_lines("```ValueError: x```\na"))


def test_a_prompt_is_no_quote() -> None:
    assert read_lines(">>> import torch")[0].text == ">>> import torch"
    assert read_lines("> > quoted")[0].text == "quoted"


def test_colours_are_taken_off_even_without_their_escape() -> None:
    assert read_lines("\x1b[1;31mred\x1b[0m and [36m(pid=1)[0m")[0].text == "red and (pid=1)"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("- `transformers` version: 4.1", "transformers version"),
        ("- PyTorch version (GPU?): 2.1 (True)", "pytorch version"),
        ("- 🤗 Diffusers version: 0.1", "diffusers version"),
        ("OS                           : Ubuntu", "os"),
        ("**Python version:** 3.1", "python version"),
    ],
)
def test_labels_are_compared_in_their_plainest_form(text: str, label: str) -> None:
    split = split_label(text)
    assert split
    assert split[0] == label


@pytest.mark.parametrize(
    ("value", "version"),
    [
        ("3.12.9 | packaged by conda-forge | (main)", "3.12.9"),
        ("2.5.1+cu124 (True)", "2.5.1+cu124"),
        ("v4.49", "4.49"),
        ("version 3.31.0", "3.31.0"),
        ("latest", None),
        ("0.10.2rc3.dev1+gabc1234.d20250101 (git sha: abc)", "0.10.2rc3.dev1+gabc1234.d20250101"),
    ],
)
def test_versions_are_found_in_values(value: str, version: str | None) -> None:
    assert find_version(value) == version


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2.5", "2.5.1+cu124", True),
        ("2.5.1", "2.5.1+cu124", True),
        ("2.5.1+cu121", "2.5.1+cu124", False),
        ("2.5.0", "2.5.1", False),
        ("2.5.0rc1", "2.5.0rc2", False),
        ("main", "main", True),
        ("main", "dev", False),
    ],
)
def test_versions_agree_where_one_says_less(one: str, other: str, same: bool) -> None:
    assert agree(one, other) is same
    assert agree(other, one) is same


def test_numbers_of_any_length_are_read() -> None:
    assert numbers("9" * 10_000)
    assert numbers("x") == ()
    assert normalised("Huggingface_Hub") == "huggingface-hub"


def test_the_table_names_only_meanings_that_are_read() -> None:
    from bot.triage.environment.values import _READERS

    keys = standard_keys()
    meanings = {*keys.keys.values(), *keys.stated.values()} - {"nothing"}
    assert {one for one in meanings if one not in _READERS and one.partition(" ")[0] not in _READERS} == set()

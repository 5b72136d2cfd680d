from __future__ import annotations

import json
from typing import Any, Literal

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from bot.config import (
    TELLS_MISTAKES,
    ConfigError,
    ConfigProblem,
    File,
    Origin,
    RepoConfig,
    Section,
    annotate,
    choose,
    json_schema,
    load,
    restore,
    schema,
)
from bot.documents import Problem
from bot.features import sections as all_sections


class Size(Section):
    """Label pull requests by size."""

    limits: dict[str, int] = Field(
        default={"small": 10, "large": 500}, description="Changed lines per label."
    )
    skip: list[str] = Field(default=[], description="Paths that do not count.")


class ModelCard(Section):
    """Write model cards."""

    language: Literal["en", "fr"] = Field(default="en", description="The card's language.")


SECTIONS: dict[str, type[Section]] = {"size": Size, "model-card": ModelCard}


def size(config: RepoConfig) -> Size:
    section = config.section("size")
    assert isinstance(section, Size)
    return section


def problems(text: str | None, parent: str | None = None) -> list[tuple[str, int, int, str, str | None]]:
    with pytest.raises(ConfigError) as caught:
        load(text, parent, SECTIONS)
    return [
        (one.origin.value, one.problem.line, one.problem.column, one.problem.message, one.problem.hint)
        for one in caught.value.problems
    ]


@pytest.mark.parametrize("text", [None, "", "# nothing but a comment\n", "size:\n", "size: {}\n"])
def test_without_anything_written_the_defaults_count(text: str | None) -> None:
    config = load(text, None, SECTIONS)
    assert config.section("size") == Size()
    assert config.section("model-card") == ModelCard()
    assert not config.dry_run


def test_a_section_is_read_into_its_own_type() -> None:
    config = load("dry_run: true\nmodel-card:\n  enabled: false\n  language: fr\n", None, SECTIONS)
    assert config.section("model-card") == ModelCard(enabled=False, language="fr")
    assert config.dry_run


def test_a_feature_without_a_section_is_a_key_error() -> None:
    for name in ("other", "extends", "dry_run"):
        with pytest.raises(KeyError):
            load(None, None, SECTIONS).section(name)


def test_maps_merge_with_the_owners_while_lists_and_values_replace_them() -> None:
    parent = "size:\n  limits: {small: 5, huge: 900}\n  skip: [a, b]\nmodel-card: {language: fr}\n"
    config = load("size:\n  limits: {small: 7}\n  skip: [c]\n", parent, SECTIONS)
    assert size(config).limits == {"small": 7, "huge": 900}
    assert size(config).skip == ["c"]
    assert config.section("model-card") == ModelCard(language="fr")


def test_an_empty_section_keeps_the_owners() -> None:
    assert size(load("size:\n", "size: {skip: [a]}", SECTIONS)).skip == ["a"]


def test_a_repository_can_leave_its_owners_file() -> None:
    assert size(load("extends: false\n", "size: {skip: [a]}", SECTIONS)).skip == []
    assert load("extends: false\n", "broken: [", SECTIONS).section("size") == Size()


def test_an_unknown_key_is_placed_and_the_nearest_one_suggested() -> None:
    assert problems("size:\n  skp: [a]\n") == [
        ("repository", 2, 3, 'unknown key "skp"', 'did you mean "skip"?')
    ]
    assert problems("modelcard: {}\n")[0][4] == 'did you mean "model-card"?'


def test_a_problem_is_reported_in_the_file_it_is_in() -> None:
    found = problems("model-card: {language: de}\n", "\nsize: {limits: 3}\n")
    assert [(origin, line, column) for origin, line, column, _, _ in found] == [
        ("owner", 2, 16),
        ("repository", 1, 24),
    ]


def test_broken_yaml_is_reported_where_it_breaks() -> None:
    assert problems("size: [\n")[0][0] == "repository"
    assert problems(None, "size: [\n")[0][0] == "owner"
    assert problems("- a\n")[0][3] == "the document is not a mapping"


def broken(text: File, parent: File = None) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(text, parent, SECTIONS)
    return caught.value


def enabled(config: RepoConfig) -> list[str]:
    return [name for name in SECTIONS if config.section(name).enabled]


def test_a_broken_file_counts_as_absent_when_nothing_good_came_before() -> None:
    parent = "size: {skip: [a]}"
    with pytest.raises(ConfigError) as caught:
        load("size: {skp: [b]}", parent, SECTIONS)
    config, found = choose(caught.value, None)
    assert size(config).skip == ["a"]
    assert found == caught.value.problems
    with pytest.raises(ConfigError) as caught:
        load("size: {skip: [b]}", "nonsense: 1", SECTIONS)
    assert size(choose(caught.value, None)[0]).skip == ["b"]


def test_the_last_good_configuration_is_kept_while_the_new_one_is_broken() -> None:
    good = load("dry_run: true", None, SECTIONS)
    with pytest.raises(ConfigError) as caught:
        load("dry_run: maybe", None, SECTIONS)
    assert choose(caught.value, good) == (good, caught.value.problems)
    newer = load(None, None, SECTIONS)
    assert choose(newer, good) == (newer, ())


@pytest.mark.parametrize("last_good", [None, load(None, None, SECTIONS), load("size: {}", None, SECTIONS)])
def test_a_typo_elsewhere_does_not_set_a_held_back_bot_loose(last_good: RepoConfig | None) -> None:
    config, _ = choose(broken("dry_run: true\nsiez: {}\nmodel-card: {enabled: false, lang: en}"), last_good)
    assert config.dry_run
    assert enabled(config) == ["size"]
    below, _ = choose(broken("siez: {}", "dry_run: true\nsize: {enabled: false}"), last_good)
    assert below.dry_run
    assert enabled(below) == ["model-card"]


def test_only_what_is_plainly_said_holds_the_bot_back() -> None:
    config, _ = choose(broken("dry_run: 'true'\nsize: {enabled: 0, skp: []}\nmodel-card: 3"), None)
    assert not config.dry_run
    assert enabled(config) == ["size", "model-card"]


@pytest.mark.parametrize(
    "file",
    ["dry_run: true\nsize: [", "- a", "dry_run: true\ndry_run: true", Problem(1, 1, "", "is no text")],
)
@pytest.mark.parametrize("last_good", [None, load(None, None, SECTIONS), load(None, "size: {}", SECTIONS)])
def test_a_file_nobody_can_read_leaves_only_the_feature_that_tells_it(
    file: File, last_good: RepoConfig | None
) -> None:
    config, found = choose(broken(file, "size: {}"), last_good)
    assert enabled(config) == []
    assert [one.origin for one in found] == [Origin.REPOSITORY]
    told: dict[str, type[Section]] = {**SECTIONS, TELLS_MISTAKES: Section}
    with pytest.raises(ConfigError) as caught:
        load(file, None, told)
    config, _ = choose(caught.value, None)
    assert [name for name in told if config.section(name).enabled] == [TELLS_MISTAKES]


def test_the_last_good_version_of_a_file_nobody_can_read_stays_in_force() -> None:
    good = load("size: {skip: [a]}", None, SECTIONS)
    assert choose(broken("size: ["), good)[0] == good


def test_an_owners_file_nobody_can_read_holds_back_unless_the_repository_says_otherwise() -> None:
    assert enabled(choose(broken(None, "size: ["), None)[0]) == []
    assert enabled(choose(broken("dry_run: false", "size: ["), None)[0]) == ["size", "model-card"]
    inherited = load(None, "dry_run: true", SECTIONS)
    assert choose(broken(None, "size: ["), inherited)[0] == inherited
    assert load("extends: false", "size: [", SECTIONS).origins == {Origin.REPOSITORY}


def test_a_configuration_survives_being_stored() -> None:
    config = load("model-card: {language: fr}\ndry_run: true", None, SECTIONS)
    assert restore(config.data(), SECTIONS) == config
    assert restore(json.loads(json.dumps(config.data())), SECTIONS) == config
    assert restore(config.data(), {"size": Size}) is None
    assert restore({"dry_run": True}, SECTIONS) is None


def test_annotations_point_into_the_repositorys_own_file_only() -> None:
    problem = Problem(3, 5, "size.skp", 'unknown key "skp"', 'did you mean "skip"?')
    [annotation] = annotate([ConfigProblem(Origin.REPOSITORY, problem), ConfigProblem(Origin.OWNER, problem)])
    assert (annotation.path, annotation.line, annotation.column) == (".github/giveback.yml", 3, 5)
    assert annotation.level == "failure"
    assert annotation.message == 'unknown key "skp" (did you mean "skip"?)'


@pytest.mark.parametrize("name", ["extends", "dry_run", "dry-run", "model_dump", "copy"])
def test_a_section_cannot_take_a_name_that_is_in_use(name: str) -> None:
    with pytest.raises(ValueError, match="taken"):
        schema({name: Size})


def test_a_section_has_to_do_without_being_written() -> None:
    class Demanding(Section):
        must: str

    with pytest.raises(ValueError, match="must"):
        schema({"demanding": Demanding})


def test_the_schema_for_editors_is_valid_and_agrees_with_the_reader() -> None:
    described = json_schema(SECTIONS)
    jsonschema.Draft202012Validator.check_schema(described)
    assert "://" not in described["$id"]
    editor = jsonschema.Draft202012Validator(described)
    assert editor.is_valid({"size": {"skip": ["a"]}, "model-card": {"language": "fr"}, "dry_run": True})
    assert not editor.is_valid({"model_card": {}})
    assert not editor.is_valid({"size": {"skp": []}})
    assert described["properties"]["size"]["default"]["limits"] == {"small": 10, "large": 500}
    assert described["$defs"]["Size"]["properties"]["limits"]["description"] == "Changed lines per label."


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.text(max_size=60)
    | st.dictionaries(st.sampled_from(["size", "model-card", "extends"]), json_values).map(str)
)
def test_any_text_is_a_configuration_or_a_list_of_problems(text: str) -> None:
    found: tuple[ConfigProblem, ...] = ()
    try:
        load(text, text, SECTIONS)
    except ConfigError as error:
        found = error.problems or pytest.fail("an error without a problem")
    assert all(one.problem.line >= 1 and one.problem.column >= 1 for one in found)


def test_a_feature_that_is_tried_out_stays_so_when_the_file_has_a_mistake_elsewhere() -> None:
    with pytest.raises(ConfigError) as caught:
        load("labels:\n  dry_run: true\nunknown: 1\n", None, all_sections())
    config, _ = choose(caught.value, None)
    assert config.section("labels").dry_run
    assert not config.section("welcome").dry_run

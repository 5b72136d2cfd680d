from dataclasses import replace

import pytest

from bot.cards.licences import known
from bot.hub.jobs import Origin
from bot.release.licence_rules import LicenceRule, licence_rules
from bot.release.lineage import Terms, Weight, judge, notices

RULES = licence_rules()
OTHERS = [key for key, rule in RULES.licences.items() if rule.names]


def origin(key: str) -> Origin:
    """Make a base model under a licence, as its card would name it."""
    if RULES.licences.get(key) and RULES.licences[key].names:
        return Origin("model", "them/base", license="other", license_name=RULES.licences[key].names[0])
    return Origin("model", "them/base", license=key)


def under(key: str) -> tuple[str, str | None]:
    return ("other", RULES.licences[key].names[0]) if key in OTHERS else (key, None)


def obedient(rule: LicenceRule, child: str) -> Terms:
    """Make terms that do everything a rule asks for."""
    licence, name = under(child)
    words = rule.display[-1] if rule.display else "A model"
    card = f"{words}, fine-tuned."
    called = f"acme/{(rule.prefix or 'Digits').replace(' ', '-')}-tiny"
    return Terms(called, licence, name, licence_file=True, notice=rule.notice or "", card=card)


def against(terms: Terms, *origins: Origin) -> list[str]:
    return [one.text for one in judge(terms, origins) if one.weight is Weight.AGAINST]


def allowed_child(rule: LicenceRule) -> str:
    if isinstance(rule.children, str):
        return "apache-2.0"
    first = rule.children[0]
    return RULES.groups[first[1:]][0] if first.startswith("@") else first


WHOLE = [(key, rule) for key, rule in RULES.licences.items()]
IDS = [key for key, _ in WHOLE]
FREE = [(key, rule) for key, rule in WHOLE if rule.children != "none" and not rule.review]
BASES = [one for key, rule in WHOLE for one in ([key] if key in known() or key in OTHERS else []) + rule.ids]


@pytest.mark.parametrize(("key", "rule"), FREE, ids=[key for key, _ in FREE])
def test_a_model_that_does_all_its_base_asks_for_passes(key: str, rule: LicenceRule) -> None:
    assert against(obedient(rule, allowed_child(rule)), origin(key)) == []


@pytest.mark.parametrize("base", BASES)
def test_a_licence_that_is_not_allowed_fails_and_any_other_does_not(base: str) -> None:
    rule = RULES.rule_of(*under(base))
    assert rule is not None
    for child in BASES:
        terms = obedient(rule, child)
        is_refused = any(
            "allow the licence" in one or "may not be" in one for one in against(terms, origin(base))
        )
        assert is_refused is not RULES.allows(rule, child)


@pytest.mark.parametrize(("key", "rule"), WHOLE, ids=IDS)
def test_each_thing_a_rule_asks_for_is_missed_when_it_is_not_there(key: str, rule: LicenceRule) -> None:
    terms = obedient(rule, allowed_child(rule))
    expected = {
        "as LICENSE": (replace(terms, licence_file=False), rule.text == "file"),
        "NOTICE has to say": (replace(terms, notice=""), rule.notice is not None),
        "has to begin with": (replace(terms, hub_id="acme/digits"), rule.prefix is not None),
        "README.md has to show": (replace(terms, card="fine-tuned"), bool(rule.display)),
        "a person has to read": (terms, rule.review is not None),
        "may not be shared": (terms, rule.children == "none"),
    }
    for words, (lacking, is_asked) in expected.items():
        assert any(words in one for one in against(lacking, origin(key))) is is_asked, words


@pytest.mark.parametrize(
    ("base", "child", "is_allowed"),
    [
        ("apache-2.0", "llama3.1", True),
        ("mit", "apache-2.0", True),
        ("llama3.1", "apache-2.0", False),
        ("llama3.1", "llama3.2", False),
        ("llama3.1", "llama3.1", True),
        ("gemma", "mit", False),
        ("cc-by-nc-4.0", "apache-2.0", False),
        ("cc-by-nc-4.0", "llama3", False),
        ("cc-by-nc-4.0", "cc-by-nc-sa-4.0", True),
        ("cc-by-sa-4.0", "gpl-3.0", True),
        ("cc-by-sa-4.0", "apache-2.0", False),
        ("cc-by-nd-4.0", "cc-by-nd-4.0", False),
        ("gpl-3.0", "mit", False),
        ("gpl-3.0", "agpl-3.0", True),
        ("agpl-3.0", "gpl-3.0", False),
        ("creativeml-openrail-m", "mit", False),
        ("creativeml-openrail-m", "openrail++", True),
        ("bigscience-bloom-rail-1.0", "bigscience-openrail-m", True),
        ("deepseek", "mit", False),
        ("qwen", "apache-2.0", True),
        ("qwen-research", "apache-2.0", False),
        ("mistral-research", "apache-2.0", False),
    ],
)
def test_who_may_follow_whom(base: str, child: str, is_allowed: bool) -> None:
    rule = RULES.rule_of(*under(base))
    assert rule is not None
    assert RULES.allows(rule, child) is is_allowed


def test_every_row_is_of_a_licence_the_hub_knows_or_has_names_and_says_where_it_was_read() -> None:
    claimed = [one for key, rule in WHOLE for one in rule.ids]
    assert set(claimed) <= set(known())
    assert len(claimed) == len(set(claimed))
    for key, rule in WHOLE:
        assert key in known() or rule.names or rule.ids
        assert "/" in rule.source
        for child in rule.children if isinstance(rule.children, list) else []:
            assert child in known() or child in RULES.licences or child[1:] in RULES.groups


def test_of_several_base_models_each_has_to_be_satisfied() -> None:
    terms = obedient(RULES.licences["llama3.1"], "llama3.1")
    [reason] = against(terms, origin("llama3.1"), replace(origin("gpl-3.0"), id="them/second"))
    assert "them/second (gpl-3.0) does not allow the licence llama3.1" in reason


@pytest.mark.parametrize(
    ("given", "weight", "words"),
    [
        (Origin("model", "a/b", is_found=False), Weight.UNKNOWN, "not to be seen on the Hub"),
        (Origin("model", "a/b", is_found=False, is_beyond=True), Weight.UNKNOWN, "one too many"),
        (Origin("dataset", "a/b", is_found=False), Weight.UNKNOWN, "the dataset a/b"),
        (Origin("model", "a/b"), Weight.AGAINST, "names no licence"),
        (Origin("model", "a/b", license="unknown"), Weight.AGAINST, "a person has to read"),
        (Origin("model", "a/b", license="other", license_name="Ours"), Weight.AGAINST, "(Ours)"),
        (Origin("model", "a/b", license="cc0-1.0", is_gated=True), Weight.BESIDE, "is gated"),
        (Origin("dataset", "a/b"), Weight.BESIDE, "no licence"),
        (Origin("dataset", "a/b", license="cc-by-nc-4.0"), Weight.BESIDE, "a person has to say"),
        (Origin("dataset", "a/b", license="llama3.1"), Weight.AGAINST, 'begin with "Llama"'),
    ],
)
def test_what_is_not_known_is_never_taken_for_allowed(given: Origin, weight: Weight, words: str) -> None:
    said = list(judge(Terms("acme/digits", "apache-2.0"), [given]))
    assert any(one.weight is weight and words in one.text for one in said), said


def test_data_that_anybody_may_use_need_no_words() -> None:
    assert list(judge(Terms("a/b", "mit"), [Origin("dataset", "a/c", license="cc0-1.0")])) == []


def test_the_name_and_the_notice_are_read_as_people_write_them() -> None:
    rule = RULES.licences["llama3"]
    terms = replace(
        obedient(rule, "llama3"), hub_id="acme/llama_3-tiny", notice=f"x\n {rule.notice}".replace(" ", "\n")
    )
    assert against(terms, origin("llama3")) == []


def test_notices_are_listed_once() -> None:
    twice = [origin("gemma"), origin("gemma"), origin("mit")]
    assert list(notices(twice, RULES)) == [RULES.licences["gemma"].notice]

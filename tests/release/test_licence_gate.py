from dataclasses import replace
from pathlib import Path

import pytest

from bot.hub.jobs import Earlier, Origin
from bot.release.gates.results import Outcome
from tests.release.test_gates import candidate, result
from tests.release.worlds import MANIFEST

LLAMA = """LLAMA 3.1 COMMUNITY LICENSE AGREEMENT
Llama 3.1 Version Release Date: July 23, 2024
"Llama Materials" means what is made available under this Agreement.
"""


def test_an_agreement_that_is_not_the_manifests_licence_fails_by_its_words(model: Path) -> None:
    (model / "LICENSE").write_text(LLAMA)
    answer = result("licence", candidate(model))
    assert answer.outcome is Outcome.FAIL
    assert answer.evidence[0] == "LICENSE is the text of llama3.1, and the manifest says apache-2.0"


def test_who_waives_a_wrong_licence_file_sees_what_the_origins_forbid_too(model: Path) -> None:
    (model / "LICENSE").write_text(LLAMA)
    forbids = (Origin("model", "acme/digits-base", license="cc-by-nc-4.0"),)
    answer = result("licence", replace(candidate(model), origins=forbids))
    assert answer.outcome is Outcome.FAIL
    assert answer.waivable
    assert answer.evidence[0] == "LICENSE is the text of llama3.1, and the manifest says apache-2.0"
    assert any("acme/digits-base (cc-by-nc-4.0)" in one for one in answer.evidence[1:])
    unseen = result("licence", replace(candidate(model), origins=None))
    assert unseen.outcome is Outcome.FAIL
    assert not unseen.waivable


@pytest.mark.parametrize(("text", "is_said"), [(LLAMA, False), ("Ask us.\n", True)])
def test_a_licence_file_that_is_not_the_bases_agreement_is_remarked_on(
    model: Path, text: str, is_said: bool
) -> None:
    (model / "LICENSE").write_text(text)
    given = candidate(model, MANIFEST.replace("apache-2.0", "llama3.1"))
    answer = result("licence", replace(given, origins=(Origin("model", "meta/llama", license="llama3.1"),)))
    said = "meta/llama (llama3.1): no file at the top was recognised as its agreement"
    assert (said in answer.evidence) is is_said


@pytest.mark.parametrize("gated", [True, False])
def test_the_licence_of_a_gated_base_is_left_to_a_person_who_is_told_where_it_is(
    model: Path, gated: bool
) -> None:
    given = candidate(model, MANIFEST.replace("apache-2.0", "llama3.1"))
    base = Origin("model", "meta/llama", license="llama3.1", is_gated=gated)
    answer = result("licence", replace(given, origins=(base,)))
    assert answer.outcome is Outcome.FAIL
    assert any("put its licence as LICENSE at the top" in one for one in answer.evidence) is gated


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("adapter_config.json", '{"base_model_name_or_path": "meta/hidden"}'),
        ("mergekit_config.yml", "models: [{model: acme/digits-base}, {model: meta/hidden}]"),
    ],
)
def test_a_base_that_the_files_name_and_the_manifest_leaves_out_fails(
    model: Path, name: str, content: str
) -> None:
    (model / name).write_text(content)
    answer = result("licence", candidate(model))
    assert answer.outcome is Outcome.FAIL
    assert answer.evidence[0] == f"{name} says it was made from meta/hidden, which base_models leaves out"


@pytest.mark.parametrize(
    ("earlier", "outcome", "words"),
    [
        (None, Outcome.WARN, "was not asked"),
        (Earlier(), Outcome.PASS, "the first version"),
        (Earlier(("v0.9.0",), "v0.9.0"), Outcome.PASS, "the version before it is v0.9.0"),
        (Earlier(("v1.0.0",), is_same=True), Outcome.PASS, "with exactly these files"),
        (Earlier(("v1.0.0",), is_same=None), Outcome.WARN, "were not compared"),
        (Earlier(("v1.0.0",), is_same=False), Outcome.FAIL, "with other files"),
        (Earlier(("v2.0.0",), ahead="v2.0.0"), Outcome.FAIL, "is at v2.0.0, which comes after v1.0.0"),
        (Earlier(withdrawn=("1.1.0",)), Outcome.FAIL, "private because 1.1.0 was withdrawn"),
    ],
)
def test_a_version_that_people_have_is_not_released_again(
    model: Path, earlier: Earlier | None, outcome: Outcome, words: str
) -> None:
    answer = result("manifest", replace(candidate(model), earlier=earlier))
    assert answer.outcome is outcome
    assert words in " ".join(answer.evidence)
    assert not answer.waivable

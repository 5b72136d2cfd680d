import json
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cards.card import render_card
from bot.cards.declared import Declared
from bot.cards.reading import read_facts
from bot.hub.jobs import Earlier, Origin
from bot.release.approvals import Person
from bot.release.files import digest, inspect_folder
from bot.release.gates import GATES, run_gates
from bot.release.gates.results import Candidate, GateResult, Outcome
from bot.release.manifest import read_manifest
from tests.release.worlds import MANIFEST, approval

ORIGINS = (
    Origin("model", "acme/digits-base", license="cc0-1.0"),
    Origin("dataset", "acme/digits", license="cc0-1.0"),
)


def candidate(folder: Path, manifest: str = MANIFEST) -> Candidate:
    found = inspect_folder(folder)
    return Candidate(
        folder=folder,
        manifest=read_manifest(manifest),
        files=found.files,
        odd=found.odd,
        digest=digest(found.files, manifest),
        requester=Person("alice", 1),
        origins=ORIGINS,
        earlier=Earlier(),
        data=(),
    )


def result(gate: str, given: Candidate) -> GateResult:
    return GATES[gate](given)


def test_a_good_model_passes_every_gate_but_the_approval_that_waits(model: Path) -> None:
    outcomes = {one.gate: one.outcome for one in run_gates(candidate(model))}
    assert outcomes == {
        "manifest": Outcome.PASS,
        "licence": Outcome.PASS,
        "file_formats": Outcome.PASS,
        "private_data": Outcome.PASS,
        "card": Outcome.PASS,
        "evaluation": Outcome.PASS,
        "dataset": Outcome.PASS,
        "approval": Outcome.WAITING,
    }


def test_every_result_carries_the_name_its_gate_is_registered_under(model: Path) -> None:
    for name, gate in GATES.items():
        assert gate(candidate(model)).gate == name


def test_without_a_manifest_the_other_gates_say_they_could_not_run(model: Path) -> None:
    outcomes = {one.gate: one.outcome for one in run_gates(Candidate(model, None))}
    assert outcomes["manifest"] is Outcome.FAIL
    assert outcomes["licence"] is outcomes["card"] is outcomes["approval"] is Outcome.COULD_NOT_RUN


def test_a_gate_that_breaks_counts_as_not_passed(model: Path) -> None:
    def broken(_: Candidate) -> GateResult:
        raise ZeroDivisionError

    [answer] = run_gates(candidate(model), {"broken": broken})
    assert answer.outcome is Outcome.COULD_NOT_RUN
    assert not answer.passed
    assert "ZeroDivisionError" in answer.evidence[0]


@pytest.mark.parametrize("licence", ["apache", "unknown", "other", "Proprietary"])
def test_a_licence_that_is_not_known_fails(model: Path, licence: str) -> None:
    given = candidate(model, MANIFEST.replace("apache-2.0", licence))
    assert result("licence", given).outcome is Outcome.FAIL


def test_a_licence_that_a_base_model_does_not_allow_fails_and_can_be_waived(model: Path) -> None:
    given = replace(candidate(model), origins=(Origin("model", "meta/llama", license="llama3.1"),))
    answer = result("licence", given)
    assert answer.outcome is Outcome.FAIL
    assert answer.waivable
    assert "meta/llama (llama3.1) does not allow the licence apache-2.0" in answer.evidence
    assert 'meta/llama (llama3.1): the name of the model has to begin with "Llama"' in answer.evidence


@pytest.mark.parametrize("origins", [None, (Origin("model", "acme/gone", is_found=False),)])
def test_origins_that_nobody_looked_at_count_as_not_passed(
    model: Path, origins: tuple[Origin, ...] | None
) -> None:
    [answer] = run_gates(replace(candidate(model), origins=origins), {"licence": GATES["licence"]})
    assert answer.outcome is Outcome.COULD_NOT_RUN
    assert not answer.passed


def test_a_licence_file_that_is_another_licence_than_the_manifests_fails(model: Path) -> None:
    text = (Path(__file__).parents[2] / "LICENSE").read_bytes()
    (model / "LICENSE").write_bytes(text)
    assert result("licence", candidate(model)).outcome is Outcome.PASS
    answer = result("licence", candidate(model, MANIFEST.replace("apache-2.0", "mit")))
    assert answer.outcome is Outcome.FAIL
    assert answer.evidence[0] == "LICENSE is the text of apache-2.0, and the manifest says mit"


PICKLE = b"\x80\x04\x95\x1c\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R."
HEADER = json.dumps({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()
TRUNCATED = struct.pack("<Q", len(HEADER)) + HEADER[:-10]
HALF = struct.pack("<Q", len(HEADER)) + HEADER + bytes(8)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("pytorch_model.bin", PICKLE, "of this kind"),
        ("weights", PICKLE, "of this kind"),
        ("modeling.py", b"import os", "of this kind"),
        ("model.zip", b"PK\x03\x04", "of this kind"),
        ("extra.safetensors", PICKLE, "it is a pickle"),
        ("extra.safetensors", TRUNCATED, "cut off"),
        ("extra.safetensors", HALF, "cut off"),
        ("extra.SAFETENSORS", PICKLE, "it is a pickle"),
        ("extra.safetensors", b"", "empty"),
        ("empty.json", b"", "empty"),
        ("vocab.json", b"{", "not valid JSON"),
        ("vocab.json", PICKLE, "not UTF-8"),
        ("notes.txt", PICKLE, "binary"),
        ("notes.txt", b"a\0b", "binary"),
        ("notes.md", "caf\u00e9".encode("latin-1"), "not UTF-8"),
        ("LICENSE", b"\xff\xfe", "not UTF-8"),
        (".env", b"SECRET=1", "hidden"),
    ],
)
def test_a_file_that_does_not_belong_fails_and_is_named_with_the_reason(
    model: Path, name: str, content: bytes, reason: str
) -> None:
    (model / name).write_bytes(content)
    answer = result("file_formats", candidate(model))
    assert answer.outcome is Outcome.FAIL
    assert answer.remedy
    assert any(line.startswith(name) and reason in line for line in answer.evidence)


def test_a_link_fails(model: Path) -> None:
    (model / "vocab.json").symlink_to("/etc/passwd")
    assert "vocab.json: it is a link" in result("file_formats", candidate(model)).evidence[0]


def test_a_link_that_took_the_place_of_a_file_after_it_was_hashed_fails(model: Path) -> None:
    given = candidate(model)
    (model / "config.json").unlink()
    (model / "config.json").symlink_to("/etc/passwd")
    assert result("file_formats", given).outcome is Outcome.FAIL


def test_a_model_without_weights_fails(model: Path) -> None:
    (model / "model.safetensors").unlink()
    assert result("file_formats", candidate(model)).outcome is Outcome.FAIL


def split_weights(model: Path, *parts: str, index: object = None) -> GateResult:
    """Judge the model's weights under the names of parts, with an index or without."""
    whole = (model / "model.safetensors").read_bytes()
    (model / "model.safetensors").unlink()
    for part in parts:
        (model / part).write_bytes(whole)
    if index is not None:
        (model / "model.safetensors.index.json").write_text(json.dumps(index))
    return result("file_formats", candidate(model))


ONE, TWO = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
INDEX = {"weight_map": {"encoder.weight": ONE, "encoder.bias": TWO}}


def test_weights_in_several_whole_parts_pass(model: Path) -> None:
    assert split_weights(model, ONE, TWO, index=INDEX).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("parts", "index", "reason"),
    [
        ([ONE], INDEX, f"names {TWO}, which is missing"),
        ([TWO], None, f"{ONE}: it is missing; 1 of 2 parts are there"),
        (["a.safetensors"], {"weight_map": {"w": "b.safetensors"}}, "names b.safetensors"),
        ([ONE, TWO], {"weight_map": {}}, "does not say which file"),
        ([ONE, TWO], [], "does not say which file"),
        ([ONE, TWO], {"weight_map": {"w": 1}}, "does not say which file"),
        ([ONE, TWO], {"weight_map": {"w": "../model/" + ONE}}, "which is missing"),
    ],
)
def test_weights_of_which_a_part_is_missing_fail(
    model: Path, parts: list[str], index: object, reason: str
) -> None:
    answer = split_weights(model, *parts, index=index)
    assert answer.outcome is Outcome.FAIL
    assert any(reason in line for line in answer.evidence), answer.evidence


@pytest.mark.parametrize(
    ("auto_map", "seen"),
    [
        ({"AutoModel": "evil/code--modeling.Model"}, "modeling.Model from evil/code, which nobody checked"),
        ({"AutoTokenizer": [None, "evil/code--tok.Fast"]}, "tok.Fast from evil/code"),
        ({"AutoModel": "modeling.Model"}, "modeling.Model that is not released"),
    ],
)
def test_code_that_loading_the_model_runs_is_remarked_on(model: Path, auto_map: object, seen: str) -> None:
    (model / "tokenizer_config.json").write_text(json.dumps({"auto_map": auto_map}))
    answer = result("file_formats", candidate(model))
    assert answer.outcome is Outcome.WARN
    assert seen in answer.evidence[0]


OTHER = MANIFEST.replace("apache-2.0", "other") + "license_name: Ours\nlicense_link: {}\n"


def test_a_licence_of_its_own_is_shown_by_name_and_link(model: Path) -> None:
    (model / "LICENSE").write_text("Do what you like.")
    assert "other (Ours, LICENSE)" in result("licence", candidate(model, OTHER.format("LICENSE"))).evidence
    answer = result("licence", candidate(model, OTHER.format("https://example.org/ours")))
    assert "other (Ours, https://example.org/ours)" in answer.evidence


def test_a_licence_text_that_is_not_released_fails(model: Path) -> None:
    answer = result("licence", candidate(model, OTHER.format("LICENSE")))
    assert answer.outcome is Outcome.FAIL
    assert "neither an address nor a file" in answer.evidence[0]


def test_a_known_licence_under_another_name_fails(model: Path) -> None:
    answer = result("licence", candidate(model, MANIFEST + "license_name: MIT\n"))
    assert answer.outcome is Outcome.FAIL
    assert "are for license: other" in answer.evidence[0]


def test_text_may_have_letters_that_lie_across_two_reads(model: Path) -> None:
    (model / "notes.txt").write_text("x" * (1024 * 1024 - 1) + "\u20ac")
    assert result("file_formats", candidate(model)).outcome is Outcome.PASS


def test_a_missing_card_fails(model: Path) -> None:
    (model / "README.md").unlink()
    assert result("card", candidate(model)).outcome is Outcome.FAIL


def test_a_card_with_a_placeholder_fails_with_its_line(model: Path) -> None:
    card = model / "README.md"
    card.write_text(card.read_text() + "\n[More Information Needed]\n")
    answer = result("card", candidate(model))
    assert answer.outcome is Outcome.FAIL
    assert "README.md:" in answer.evidence[0]


def test_a_card_that_lacks_a_section_passes_with_a_remark(model: Path) -> None:
    card = model / "README.md"
    card.write_text(card.read_text().replace("## Bias, risks and limitations", "## Thoughts"))
    assert result("card", candidate(model)).outcome is Outcome.WARN


def test_a_card_with_another_licence_than_the_manifest_fails(model: Path) -> None:
    given = candidate(model, MANIFEST.replace("apache-2.0", "mit"))
    assert "manifest says mit" in result("card", given).evidence[0]


OTHER_TERMS = "other\nlicense_name: Terms A\nlicense_link: LICENSE"


def with_terms(model: Path, terms: str) -> None:
    """Write other terms into the metadata of the card, and the parts that show them again."""
    card = model / "README.md"
    text = card.read_text().replace("license: apache-2.0", f"license: {terms}")
    card.write_text(render_card(read_facts(model), Declared(), text).text)


@pytest.mark.parametrize(
    ("old", "new", "evidence"),
    [
        ("", "", None),
        ("Terms A", "Terms B", "the card says license_name: Terms B, the manifest says Terms A"),
        ("LICENSE", "https://example.org/terms", "manifest says LICENSE"),
    ],
)
def test_a_card_with_other_terms_of_its_own_than_the_manifest_fails(
    model: Path, old: str, new: str, evidence: str | None
) -> None:
    (model / "LICENSE").write_text("Be kind.\n")
    with_terms(model, OTHER_TERMS.replace(old, new) if old else OTHER_TERMS)
    answer = result("card", candidate(model, MANIFEST.replace("apache-2.0", OTHER_TERMS)))
    if evidence is None:
        assert answer.outcome is Outcome.PASS
    else:
        assert answer.outcome is Outcome.FAIL
        assert evidence in answer.evidence[0]


@pytest.mark.parametrize("link", ["LICENSE", "../LICENSE", "javascript:alert(1)", "/etc/passwd"])
def test_terms_that_are_linked_to_and_not_released_fail(model: Path, link: str) -> None:
    terms = OTHER_TERMS.replace("LICENSE", link)
    with_terms(model, terms)
    answer = result("card", candidate(model, MANIFEST.replace("apache-2.0", terms)))
    assert answer.outcome is Outcome.FAIL
    assert f"license_link names {link}, which is neither" in answer.evidence[0]


@pytest.mark.parametrize(
    ("card", "manifest", "evidence"),
    [
        ("base_model: acme/other", "base_models: [acme/digits-base]", "says base_model: acme/other, the"),
        ("base_model: acme/digits-base", "base_models: []", "the manifest says nothing"),
        ("", "base_models: [acme/digits-base]", "the card says base_model: nothing"),
    ],
)
def test_a_card_with_another_origin_than_the_manifest_fails(
    model: Path, card: str, manifest: str, evidence: str
) -> None:
    text = (model / "README.md").read_text().replace("base_model: acme/digits-base\n", f"{card}\n".lstrip())
    (model / "README.md").write_text(text)
    given = candidate(model, MANIFEST.replace("base_models: [acme/digits-base]", manifest))
    answer = result("card", given)
    assert answer.outcome is Outcome.FAIL
    assert evidence in answer.evidence[0]


def test_a_card_whose_numbers_are_not_those_of_the_files_fails(model: Path) -> None:
    results = json.loads((model / "train_results.json").read_text())
    (model / "train_results.json").write_text(json.dumps(results | {"train_loss": 0.001}))
    answer = result("card", candidate(model))
    assert answer.outcome is Outcome.FAIL
    assert 'the part "training" is not what files and declarations say now' in answer.evidence[0]


def test_a_card_with_a_table_edited_by_hand_passes_with_a_remark_once_it_vouches_no_more(model: Path) -> None:
    card = model / "README.md"
    card.write_text(card.read_text().replace("| `accuracy` | `", "| `accuracy` | `9"))
    assert result("card", candidate(model)).outcome is Outcome.FAIL
    card.write_text(render_card(read_facts(model), Declared(), card.read_text()).text)
    answer = result("card", candidate(model))
    assert answer.outcome is Outcome.WARN
    assert "edited by hand" in answer.evidence[0]


def test_a_number_that_no_file_has_passes_with_a_remark(model: Path) -> None:
    card = model / "README.md"
    card.write_text(card.read_text().replace("    source:\n", "    - {type: f1, value: 0.5}\n    source:\n"))
    answer = result("card", candidate(model))
    assert any("f1 is 0.5, which no file here says" in line for line in answer.evidence)


def test_a_card_too_large_to_be_read_as_a_whole_fails(model: Path) -> None:
    card = model / "README.md"
    card.write_text(card.read_text() + "x" * 5_000_000)
    assert "larger than 4 MiB" in result("card", candidate(model)).evidence[0]


def test_the_approval_gate_passes_with_a_second_persons_word_for_this_content(model: Path) -> None:
    given = candidate(model)
    right = approval("bob", "write", given.digest)
    assert result("approval", replace(given, approvals=(right,))).outcome is Outcome.PASS
    self_made = approval("alice", "admin", given.digest, account=1)
    answer = result("approval", replace(given, approvals=(self_made,)))
    assert answer.outcome is Outcome.WAITING
    assert not answer.waivable
    assert "alice" in answer.evidence[0]


def test_who_waives_a_file_sees_what_else_stands_against_it_and_what_was_not_asked(model: Path) -> None:
    (model / "empty.txt").write_text("")
    (model / "config.json").write_text('{"auto_map": {"AutoModel": "eve/code--modeling.Net"}}')
    answer = result("file_formats", candidate(model))
    assert answer.outcome is Outcome.FAIL
    assert answer.waivable
    assert answer.evidence[0] == "empty.txt: it is empty"
    assert any("the code modeling.Net from eve/code" in one for one in answer.evidence)
    assert answer.evidence[-1] == "modelaudit is asked only when nothing of this is left"

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents import DocumentError
from bot.release.manifest import json_schema, manifest_or_problems, read_manifest
from bot.release.signer import GITHUB_ACTIONS, Identity
from tests.release.worlds import MANIFEST


def problems(text: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        read_manifest(text)
    return [str(problem) for problem in caught.value.problems]


def test_a_short_manifest_is_enough_and_has_careful_defaults() -> None:
    manifest = read_manifest(MANIFEST)
    assert (manifest.visibility, manifest.approvers, manifest.tag) == ("public", 1, "v1.0.0")


def test_who_signs_is_named_in_full_and_github_vouches_unless_another_is_said() -> None:
    assert read_manifest(MANIFEST).signed_by is None
    by_tag = "https://github.com/acme/digits/.github/workflows/release.yml@refs/tags/v"
    named = f'signer: {{identity: "{by_tag}{{version}}"}}\n'
    assert read_manifest(MANIFEST + named).signed_by == Identity(f"{by_tag}1.0.0", GITHUB_ACTIONS)
    other = "signer: {identity: release@acme.example, issuer: https://login.example}\n"
    assert read_manifest(MANIFEST + other).signed_by == Identity(
        "release@acme.example", "https://login.example"
    )


def test_the_manifest_speaks_the_cards_language() -> None:
    declared = read_manifest(MANIFEST + "evaluated_on: {id: acme/digits, name: Digits}\n").declared()
    assert declared.model_id == "acme/digits-moved"
    assert declared.base_models == ("acme/digits-base",)
    assert declared.evaluated_on is not None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("hub_id: acme/digits-moved", "hub_id: digits", '1:9: "digits" is no Hub id'),
        ("hub_id: acme/digits-moved", "hub_id: ../../etc", "1:9: "),
        ("version: 1.0.0", "version: 1.0", "2:10: expected text (put it in quotes)"),
        ("version: 1.0.0", "version: v1.0.0", "2:10: "),
        ("version: 1.0.0", "version: 01.0.0", "2:10: "),
        ("source: models/digits", "source: /etc", "3:9: "),
        ("source: models/digits", "source: models/../../x", "3:9: "),
        (
            "license: apache-2.0",
            "licence: apache-2.0",
            '4:1: unknown key "licence" (did you mean "license"?)',
        ),
        ("datasets: [acme/digits]", "datasets: ['x](http://evil']", "6:12: "),
        ("datasets: [acme/digits]", "approvers: 0", "6:12: "),
        ("datasets: [acme/digits]", "card: notes.md", '6:1: unknown key "card"'),
        ("datasets: [acme/digits]", "visibility: secret", "6:13: expected 'public' or 'private'"),
    ],
)
def test_each_mistake_is_placed(old: str, new: str, said: str) -> None:
    assert any(problem.startswith(said) for problem in problems(MANIFEST.replace(old, new)))


def test_no_manifest_is_told_from_a_broken_one() -> None:
    assert manifest_or_problems("") == (None, ())
    assert manifest_or_problems("a: b")[1]


def test_the_schema_for_editors_describes_every_key() -> None:
    schema = json_schema()
    assert set(schema["required"]) == {"hub_id", "version", "source", "license"}
    assert schema["additionalProperties"] is False


@given(st.text(max_size=100))
def test_any_text_gives_a_manifest_or_problems(text: str) -> None:
    manifest, found = manifest_or_problems(text)
    assert manifest is None or found == ()


def test_a_manifest_that_would_take_seconds_to_read_is_refused_unread() -> None:
    assert problems("k: [" + "a, " * 20_000 + "]") == [
        "1:1: the manifest is larger than 32 KiB (leave out what is not about the release)"
    ]

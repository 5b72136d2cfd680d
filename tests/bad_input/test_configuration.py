"""Configurations and manifests that cannot be read: every mistake at its place, the last good one counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.config import CONFIG_PATH
from bot.features.config import CHECK_NAME
from bot.release.manifest import MANIFEST
from tests.bad_input.world import Model, World, is_clear, is_safe, manifest
from tests.scene import Place, eventually

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
BROKEN: dict[str, tuple[bytes, str]] = {
    "broken": (b"triage: [ask\n", "Line 2, column 1: not valid YAML"),
    "key twice": (b"triage: {}\ntriage: {}\n", "Line 2, column 1: the key"),
    "bomb": (BOMB.encode(), "more than 50000 values"),
    "itself": (b"triage: &a [*a]\n", "nested too deep"),
    "deep": (b"triage: " + b"[" * 500, "nested more than 32 levels deep"),
    "list": (b"- a\n- b\n", "the document is not a mapping"),
    "two documents": (b"a: 1\n---\nb: 2\n", "a second document starts here"),
    "tabs": (b"triage:\n\task: true\n", "Line 2, column 1: a tab is used for indentation"),
    "tag": (b"triage: !!python/object:os.system {}\n", "is not allowed here"),
    "merge key": (b"x: &x {}\ntriage:\n  <<: *x\n", "merge keys"),
    "control character": (b"triage: a\0b\n", "a character here is not allowed in YAML"),
    "300 KB": (b"# " + b"x" * 300_000 + b"\n", "larger than"),
    "half a character": (b'"\\ud800": 1\n', "is half a character"),
    "not UTF-8": ("triage: {} # caf\u00e9\n".encode("latin-1"), "is not UTF\\-8 text. Save it as UTF\\-8"),
}
MISTAKEN: dict[str, tuple[bytes, str]] = {
    "unknown": (b"trige: {}\n", 'did you mean "triage"'),
    "wrong type": (b"needs-info: {assume_ai: 5}\n", "Line 1, column 25: expected true or false"),
    "list of sections": (b"triage: []\n", "expected keys with values"),
    "markup": (b'"<img src=x> @alice {{ 7*7 }}": 1\n', "unknown key"),
}


def propose(place: Place, content: bytes) -> tuple[int, str]:
    """Open a pull request that changes the configuration."""
    scene = place.scene
    number = len(scene.alice.call("GET", f"{place.path}/pulls?state=all"))
    branch = f"work-{number}"
    scene.alice.branch(place.name, branch)
    place.write(CONFIG_PATH, content, branch)
    head = scene.alice.call("GET", f"{place.path}/git/ref/heads/{branch}")["object"]["sha"]
    return scene.alice.open_pull_request(place.name, branch, "Change", "it"), head


@pytest.fixture(scope="module")
def place(_world: World) -> Place:
    return _world.scene.repository()


@pytest.mark.parametrize(("content", "words"), (BROKEN | MISTAKEN).values(), ids=BROKEN | MISTAKEN)
def test_a_configuration_that_is_wrong_fails_its_check_in_words(
    world: World, place: Place, content: bytes, words: str
) -> None:
    number, head = propose(place, content)
    (check,) = eventually(lambda: place.checks(head, CHECK_NAME), "the check")
    assert check["conclusion"] == "failure"
    summary = check["output"]["summary"]
    is_clear(summary)
    is_safe(summary)
    assert words.replace('"', "") in summary.replace('"', ""), summary
    assert place.bot_comments(number) == []


def test_a_configuration_with_a_byte_order_mark_is_valid(world: World, place: Place) -> None:
    _, head = propose(place, "\ufeffneeds-info: {assume_ai: false}\n".encode())
    (check,) = eventually(lambda: place.checks(head, CHECK_NAME), "the check")
    assert check["conclusion"] == "success"


def test_a_folder_in_its_place_fails_the_check(world: World, place: Place) -> None:
    scene = world.scene
    scene.alice.branch(place.name, "folder")
    place.write(f"{CONFIG_PATH}/x", "y", "folder")
    number = scene.alice.open_pull_request(place.name, "folder", "Change", "it")
    scene.settle()
    delivery = scene.deliveries(place.name, "pull_request", "opened")[-1]
    assert (delivery.status, place.bot_comments(number)) == ("handled", [])


def put_folder_in_its_place(place: Place) -> None:
    call, head = place.scene.alice.call, "heads/main"
    parent = call("GET", f"{place.path}/git/ref/{head}")["object"]["sha"]
    entry = {"path": f"{CONFIG_PATH}/x", "mode": "100644", "type": "blob", "content": "y"}
    tree = call("POST", f"{place.path}/git/trees", {"base_tree": parent, "tree": [entry]})["sha"]
    body = {"message": "Odd", "tree": tree, "parents": [parent]}
    commit = call("POST", f"{place.path}/git/commits", body)["sha"]
    call("PATCH", f"{place.path}/git/refs/{head}", {"sha": commit})


@pytest.mark.parametrize(
    "content", [b"triage: [ask\n", b"triage: {} # caf\xe9\n", b"# " + b"x" * 1_100_000, None]
)
def test_the_last_good_configuration_stays_in_force_under_a_broken_one(
    world: World, content: bytes | None
) -> None:
    scene = world.scene
    place = scene.repository({CONFIG_PATH: "needs-info: {assume_ai: false}\n"})
    first = scene.bob.open_issue(place.name, "[Bug] Crash when loading", "it fails")
    eventually(lambda: place.labels(first) == ["bug"], "the label")
    if content is None:
        put_folder_in_its_place(place)
    else:
        place.write(CONFIG_PATH, content)
    eventually(lambda: scene.deliveries(place.name, "push"), "the push")
    scene.settle()
    second = scene.bob.open_issue(place.name, "[Bug] Wrong colours when saving", "they are off")
    eventually(lambda: place.labels(second) == ["bug"], "the label")
    scene.settle()
    assert place.bot_comments(second) == []
    assert {row.status for row in scene.deliveries(place.name, "issues", "opened")} == {"handled"}


MANIFESTS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "the key hub_id is missing"),
    "unknown": (
        manifest("acme/x").encode() + b"licence: mit\n",
        "unknown key licence (did you mean license?",
    ),
    "no owner": (manifest("digits").encode(), "is no Hub id; write it as owner/name"),
    "version": (manifest("acme/x", version="1.0").encode(), "put it in quotes"),
    "version with dots": (manifest("acme/x", version='"1..0"').encode(), "write three numbers such as 1.0.0"),
    "source above": (manifest("acme/x", source="../secrets").encode(), "is no path inside the repository"),
    "source from the root": (manifest("acme/x", source="/etc").encode(), "is no path inside the repository"),
    "wrong types": (manifest("acme/x", tags="5", datasets="{}").encode(), "expected a list"),
    "markup": (manifest('"<img src=x> @alice {{ 7*7 }}"').encode(), "is no Hub id"),
}


@pytest.mark.parametrize(("content", "words"), (BROKEN | MANIFESTS).values(), ids=BROKEN | MANIFESTS)
def test_a_release_of_a_manifest_that_is_wrong_is_declined_in_words(
    model: Model, content: bytes, words: str
) -> None:
    model.place.write(MANIFEST, content)
    reply = model.answer("/release-model")
    is_clear(reply, MANIFEST)
    is_safe(reply)
    plain = reply.translate(str.maketrans("", "", '"\\'))
    assert words.translate(str.maketrans("", "", '"\\')) in plain, reply
    assert (model.records(), model.status(), model.is_on_the_hub()) == ([], "", False)


@pytest.fixture(scope="module")
def _model(_world: World) -> Model:
    return _world.model()


@pytest.fixture
def model(_model: Model) -> Model:
    """A repository the module shares, with a thread of the test's own."""
    return replace(_model, number=_model.world.scene.alice.open_issue(_model.place.name, "Release it", "x"))


def test_a_manifest_of_two_thousand_mistakes_is_answered_in_one_comment(model: Model) -> None:
    model.place.write(MANIFEST, "".join(f"wrong{n}: 1\n" for n in range(2_000)))
    reply = model.answer("/release-model")
    is_clear(reply, "has mistakes", "more")


def test_a_manifest_that_names_a_folder_that_is_not_there_ends_the_release(world: World) -> None:
    model = world.model(source="models/nowhere")
    model.release()
    is_clear(model.ended(), "models/nowhere is no folder of", "Check how it is spelled")
    assert not model.is_on_the_hub()


def test_an_unknown_licence_ends_the_release_with_where_to_find_the_known_ones(world: World) -> None:
    model = world.model(license="do-what-i-say")
    model.release()
    is_clear(model.ended(), "**licence**", "the Hub's list of licences")
    assert not model.is_on_the_hub()

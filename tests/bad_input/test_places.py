"""Places that go away, move or close between what was asked and what is done."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from bot.store import Delivery
from tests.bad_input.world import FOLDER, Model, World, good_model, is_clear
from tests.scene import Place, eventually

CARD_BRANCH = "giveback/model-card-{}"


def hold(world: World, place: Place, path: str = "/contents/") -> None:
    """Let the bot wait a moment before it reads, so that something can happen in between."""
    world.github.fault(f"{place.name}{path}", "delay", seconds=1.0, times=1)


def heard(world: World, place: Place, event: str, action: str) -> None:
    eventually(lambda: world.scene.deliveries(place.name, event, action), f"{event}.{action}")


def comment_over(world: World, place: Place) -> Delivery:
    return world.scene.delivery(place.name, "issue_comment", "created")


# Repositories, while a command is on its way.

AWAY: dict[str, Callable[[World, Place], object]] = {
    "deleted": lambda world, place: world.github.control("POST", f"/repositories/{place.name}/delete"),
    "left out": lambda world, place: world.github.control(
        "PUT", f"/installations/{world.scene.installation}/repositories", repositories=[_other(world)]
    ),
}


def _other(world: World) -> str:
    return world.scene.repository().name.split("/")[1]


@pytest.mark.parametrize("away", AWAY.values(), ids=AWAY)
@pytest.mark.parametrize("command", ["/release-model", f"/model-card path={FOLDER}"])
def test_a_command_in_a_repository_that_is_gone_leaves_a_reason_and_nothing_else(
    world: World, command: str, away: Callable[[World, Place], object]
) -> None:
    model = world.model()
    world.scene.settle()
    hold(world, model.place)
    world.scene.alice.comment(model.place.name, model.number, command)
    heard(world, model.place, "issue_comment", "created")
    away(world, model.place)
    try:
        delivery = comment_over(world, model.place)
        refused = [entry.detail for entry in world.scene.audit(delivery) if entry.outcome == "refused"]
        assert delivery.error or refused or command == "/release-model"
        is_clear(f"{delivery.error} {refused}")
        assert not model.is_on_the_hub()
    finally:
        world.github.control(
            "PUT", f"/installations/{world.scene.installation}/repositories", repositories="all"
        )


def test_a_model_card_asked_for_before_a_rename_is_written_after_it(world: World) -> None:
    model = world.model(files={"README.md": None})
    world.scene.settle()
    hold(world, model.place)
    world.scene.alice.comment(model.place.name, model.number, f"/model-card path={FOLDER}")
    heard(world, model.place, "issue_comment", "created")
    new = model.place.name.split("/")[1] + "-new"
    world.github.control("POST", f"/repositories/{model.place.name}/rename", name=new)
    assert comment_over(world, model.place).status == "handled"
    renamed = Place(world.scene, f"{world.scene.org}/{new}")
    (status,) = renamed.status_comments(model.number)
    is_clear(status["body"], "The card of `models/digits` is in #")


# Repositories, while a release waits or runs.


def waiting(world: World) -> Model:
    model = world.model()
    assert model.release().step == "approve"
    model.line_to_approve()
    return model


def approve_unseen(model: Model) -> None:
    """Approve, and let the repository be taken back before the release goes on."""
    hold(model.world, model.place, "/installation$")
    model.world.carol.comment(model.place.name, model.number, model.line_to_approve())
    eventually(lambda: model.world.github.fired(), "the release to go on")


def ends_held(model: Model, *parts: str) -> None:
    record = eventually(lambda: next((one for one in model.records() if one.status), None), "the end")
    assert record is not None
    assert record.status == "held"
    for part in parts:
        assert part in record.message
    assert not model.is_on_the_hub()


def test_a_repository_made_private_before_it_is_published_is_not_published(world: World) -> None:
    model = waiting(world)
    world.github.control("POST", f"/repositories/{model.place.name}/privatize")
    model.approve()
    is_clear(model.ended(), "was made private after the release was asked for", "Nothing was sent to the Hub")
    ends_held(model, "made private")


def test_a_repository_that_was_private_all_along_may_publish(world: World) -> None:
    model = world.model(visibility="public")
    world.github.control("POST", f"/repositories/{model.place.name}/privatize")
    model.release()
    model.approve()
    assert "is published: " in model.ended()


@pytest.mark.parametrize("how", ["deleted", "left out"])
def test_a_release_of_a_repository_that_is_gone_publishes_nothing(world: World, how: str) -> None:
    model = waiting(world)
    approve_unseen(model)
    AWAY[how](world, model.place)
    try:
        ends_held(model, "cannot be reached any more")
    finally:
        world.github.control(
            "PUT", f"/installations/{world.scene.installation}/repositories", repositories="all"
        )


def test_a_release_of_an_archived_repository_publishes_nothing(world: World) -> None:
    model = waiting(world)
    approve_unseen(model)
    world.scene.alice.call("PATCH", model.place.path, {"archived": True})
    ends_held(model, "was archived")


def test_an_archived_repository_is_left_alone_with_the_refusal_on_record(world: World) -> None:
    model = world.model()
    world.scene.settle()
    hold(world, model.place)
    world.scene.alice.comment(model.place.name, model.number, "/help")
    heard(world, model.place, "issue_comment", "created")
    world.scene.alice.call("PATCH", model.place.path, {"archived": True})
    delivery = comment_over(world, model.place)
    assert delivery.status in ("handled", "ignored")
    assert {entry.outcome for entry in world.scene.audit(delivery) if entry.kind == "reply"} <= {"refused"}


# Pull requests and branches.


def model_pull(world: World) -> tuple[Place, int]:
    place = world.scene.repository()
    number, _ = place.pull_request({f"{FOLDER}/config.json": '{"model_type": "x"}'})
    world.scene.settle()
    return place, number


def ask_for_card(world: World, place: Place, number: int, meanwhile: Callable[[], object]) -> str:
    """Ask for a card, let something happen before it is written, and give the bot's words."""
    hold(world, place, "/git/commits/")
    comment = world.scene.alice.comment(place.name, number, "/model-card")
    eventually(lambda: world.github.fired(), "the card to be written")
    meanwhile()
    eventually(
        lambda: set(world.scene.alice.reactions(place.name, comment)) & {"rocket", "confused"}, "the receipt"
    )
    world.scene.settle()
    return "\n".join(one["body"] for one in place.bot_comments(number))


def branch_of(world: World, place: Place, number: int) -> str:
    return str(world.scene.alice.call("GET", f"{place.path}/pulls/{number}")["head"]["ref"])


def test_a_branch_that_moved_before_the_card_is_committed_is_not_overwritten(world: World) -> None:
    place, number = model_pull(world)
    branch = branch_of(world, place, number)
    words = ask_for_card(world, place, number, lambda: place.write("notes.md", "mine", branch))
    is_clear(words)
    tree = world.scene.alice.call("GET", f"{place.path}/git/trees/{branch}?recursive=1")["tree"]
    paths = {entry["path"] for entry in tree}
    assert "notes.md" in paths
    if f"{FOLDER}/README.md" not in paths:
        is_clear(words, "could not write to", "comment the command again")


def test_a_branch_that_was_deleted_before_the_card_is_committed_is_not_made_again(world: World) -> None:
    place, number = model_pull(world)
    branch = branch_of(world, place, number)
    where = f"{place.path}/git/refs/heads/{branch}"
    words = ask_for_card(world, place, number, lambda: world.scene.alice.call("DELETE", where))
    is_clear(words, "could not write to")
    refs = world.scene.alice.call("GET", f"{place.path}/git/matching-refs/heads/{branch}")
    assert refs == []


def test_a_protected_branch_is_told_with_what_to_allow(world: World) -> None:
    place, number = model_pull(world)
    no = {"message": "Protected branch update failed"}
    world.github.fault(rf"{place.name}/git/refs/heads/", "status", method="PATCH", status=422, body=no)
    comment = world.scene.alice.comment(place.name, number, "/model-card")
    eventually(lambda: place.status_comments(number), "the status comment")
    world.scene.settle()
    is_clear(
        place.status_comments(number)[0]["body"], "Protected branch update failed", "allow Giveback to write"
    )
    assert world.scene.alice.reactions(place.name, comment)


def test_a_pull_request_closed_before_its_card_gets_the_card_as_another_one(world: World) -> None:
    place, number = model_pull(world)
    hold(world, place)
    comment = world.scene.alice.comment(place.name, number, f"/model-card path={FOLDER}")
    heard(world, place, "issue_comment", "created")
    world.scene.alice.call("PATCH", f"{place.path}/pulls/{number}", {"state": "closed"})
    eventually(
        lambda: set(world.scene.alice.reactions(place.name, comment)) & {"rocket", "confused"}, "the receipt"
    )
    is_clear("\n".join(one["body"] for one in place.bot_comments(number)), "models/digits")


def fork_pull(world: World) -> tuple[Place, int, Place]:
    """Open bob's pull request with a model, from a fork."""
    place = world.scene.repository()
    fork = Place(world.scene, world.scene.bob.fork(place.name))
    world.scene.bob.branch(fork.name, "model")
    for name, content in good_model().items():
        body = {"message": "Add", "content": base64.b64encode(content).decode(), "branch": "model"}
        world.scene.bob.call("PUT", f"{fork.path}/contents/{FOLDER}/{name}", body)
    number = world.scene.bob.open_pull_request(place.name, "bob:model", "Add it", "Please")
    return place, number, fork


@pytest.mark.parametrize("command", ["/model-card", "/release-model", "/help"])
def test_a_pull_request_from_a_deleted_fork_is_served_like_any_other(world: World, command: str) -> None:
    place, number, fork = fork_pull(world)
    world.github.control("POST", f"/repositories/{fork.name}/delete")
    world.scene.settle()
    assert "model" in place.labels(number)
    assert "Welcome, bob" in place.status_comments(number)[0]["body"]
    comment = world.scene.alice.comment(place.name, number, command)
    eventually(
        lambda: set(world.scene.alice.reactions(place.name, comment)) & {"rocket", "confused"}, "the receipt"
    )
    (reply,) = place.replies(number)
    words = {"/model-card": "fork", "/release-model": "There is no `model-release.yml`", "/help": "/approve"}
    is_clear(reply.split("<details>")[0], words[command])

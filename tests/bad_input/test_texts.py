"""Text from people, everywhere the bot repeats it: shown as what it is, evaluated nowhere, pinging nobody."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

import pytest
from markdown_it import MarkdownIt

from tests.bad_input.world import ENDED, FOLDER, World, good_model, is_clear, is_safe
from tests.scene import Json, Place, eventually

NASTY = {
    "markup": "<script>alert(1)</script><img src=x onerror=y> **b** [c](https://evil.org) ![i](https://evil.org)",
    "pings": "@alice @octo/everyone @dependabot fixes #1 GH-1",
    "templates": "{{ 191*191 }}{% for x in range(9) %}{{ config }}{% endfor %}${191*191}<%= 191*191 %>",
    "breaks out": "``` ```` </details> --> <!-- | a | b | ~~~ ``x`` \\` \\",
    "controls": "a\u0007b\u001b[31m\u202edlrow\u2066\u200b\u200d\ufeff\u0085c\u2028d",
    "unicode": "Z\u0351\u036b\u0343\u036a\u0302a\u0328 \U0001f469\u200d\U0001f4bb \U0010ffff \u0627\u0644",
    "long": "w" * 5_000,
}
EVALUATED = re.compile(r"36481|<Config")


@pytest.fixture(params=list(NASTY.values()), ids=list(NASTY))
def nasty(request: pytest.FixtureRequest) -> str:
    text: str = request.param
    return text


def bot_said(place: Place, number: int) -> list[str]:
    return [one["body"] for one in place.bot_comments(number)]


def is_over(world: World, place: Place, comment: int) -> bool:
    rows = world.scene.deliveries(place.name, "issue_comment", "created")
    return any(json.loads(row.body)["comment"]["id"] == comment and row.status in ENDED for row in rows)


def test_an_issue_made_of_such_text_is_triaged_and_quoted_harmlessly(world: World, nasty: str) -> None:
    place = world.scene.repository()
    body = f"### {nasty}\n\n_No response_\n\n### Other {nasty}\n\n{nasty}\n"
    number = world.scene.bob.open_issue(place.name, f"[Bug] Crash {nasty}"[:250], body)
    assert world.scene.delivery(place.name, "issues", "opened").status == "handled"
    said = bot_said(place, number)
    assert len(said) == 1
    is_safe(said[0])
    is_clear(said[0], "please edit your description")
    assert not EVALUATED.search(said[0])


def test_a_login_made_of_such_text_is_repeated_harmlessly(world: World, nasty: str) -> None:
    """No login can be so, but a payload could say it."""
    place = world.scene.repository()
    number, _ = place.pull_request({"docs/a.md": "x"})
    payload = json.loads(world.scene.delivery(place.name, "pull_request", "opened").body)
    payload["pull_request"] |= {"author_association": "FIRST_TIMER", "user": {"login": nasty, "type": "User"}}
    assert world.send("pull_request", payload).status == "handled"
    (said,) = bot_said(place, number)
    assert "Welcome" in said
    is_safe(said)
    assert not EVALUATED.search(said)


@pytest.mark.parametrize(
    "command",
    ["/help {}", '/model-card path="{}"', "/model-card path={}", "/release-model x={}", "@giveback {}"],
)
def test_a_command_made_of_such_text_is_answered_harmlessly(world: World, command: str) -> None:
    model = world.model()
    for text in NASTY.values():
        body = command.format(text.replace('"', "").replace("\n", " "))
        before = len(model.replies())
        comment = world.scene.alice.comment(model.place.name, model.number, body)
        eventually(partial(is_over, world, model.place, comment), body)
        for reply in model.replies()[before:]:
            is_safe(reply)
            is_clear(reply)
            assert not EVALUATED.search(reply.split("-->", 1)[1]), reply
            assert len(reply) < 1_500
    assert model.status() == ""


def test_a_name_longer_than_any_command_is_answered_shortly(world: World) -> None:
    model = world.model()
    reply = model.answer("@giveback " + "a" * 60_000)
    is_clear(reply, "There is no command", "`/help` lists what you can use here")
    assert len(reply) < 400


def test_ten_thousand_commands_get_one_refusal(world: World) -> None:
    model = world.model()
    opened = world.scene.delivery(model.place.name, "issues", "opened")
    comment = world.scene.bob.comment(model.place.name, model.number, "long")
    base: Json = json.loads(opened.body)
    user = {"login": "alice", "type": "User"}
    body = "/release-model\n/model-card path=x\n" * 5_000
    body += "x" * (100_000 - len(body)) if len(body) < 100_000 else ""
    payload: dict[str, Any] = base | {
        "action": "created",
        "sender": user,
        "comment": {"id": comment, "body": body, "user": user},
    }
    assert world.send("issue_comment", payload).status == "handled"
    (reply,) = model.replies()
    is_clear(reply, "none of them ran", "split it into several comments")
    assert (model.records(), model.status()) == ([], "")


def test_a_pull_requests_paths_and_branch_made_of_such_text_are_dealt_with(world: World) -> None:
    place = world.scene.repository()
    folders = ["<img src=x> @alice", "{{ 191*191 }}", "``` | #1 fixes #2", "\u202eslevom"]
    number, _ = place.pull_request({f"{folder}/config.json": "{}" for folder in folders})
    world.scene.settle()
    comment = world.scene.alice.comment(place.name, number, "/model-card")
    eventually(lambda: "confused" in world.scene.alice.reactions(place.name, comment), "the receipt")
    (reply,) = place.replies(number)
    is_safe(reply)
    is_clear(reply, "More than one folder here holds a model", "path=")


def test_the_title_and_commit_of_a_card_ping_nobody_and_close_nothing(world: World) -> None:
    place = world.scene.repository()
    folder = "fixes #1 @alice"
    number, _ = place.pull_request({f"{folder}/config.json": '{"model_type": "x"}'})
    comment = world.scene.alice.comment(place.name, number, "/model-card")
    eventually(lambda: "rocket" in world.scene.alice.reactions(place.name, comment), "the receipt")
    pull = world.scene.alice.call("GET", f"{place.path}/pulls/{number}")
    commit = world.scene.alice.call("GET", f"{place.path}/git/commits/{pull['head']['sha']}")
    assert commit["message"].startswith("Add the model card of")
    assert "#1" not in commit["message"]
    assert "@alice" not in commit["message"]
    is_safe(place.status_comments(number)[0]["body"])


def test_a_card_and_a_release_of_such_words_stay_words(world: World) -> None:
    words = json.dumps(" ".join(text for key, text in NASTY.items() if key != "long"), ensure_ascii=False)
    config = json.dumps({"model_type": NASTY["markup"][:150], "architectures": [NASTY["templates"]]})
    model = world.model(
        files={"config.json": config.encode(), "README.md": None},
        title=json.dumps(NASTY["templates"]),
        description=words,
        limitations=words,
        license_name=json.dumps("@alice <b>"),
    )
    assert model.say(f"/model-card path={FOLDER}") == "rocket", model.replies()
    is_safe(model.status())
    head = model.git("show", f"giveback/model-card-{model.number}:{FOLDER}/README.md").decode()
    for token in MarkdownIt("commonmark").enable("table").parse(head.split("---", 2)[2]):
        inline = [child for child in token.children or () if child.type == "html_inline"]
        assert all(one.content.startswith("<!-- ") for one in inline), inline
        assert token.type != "html_block" or token.content.startswith(("<!-- giveback:", "<!-- /giveback:"))
    assert "{{ 191*191 }}" in head
    assert model.release().status == "refused"
    is_safe(model.ended())
    is_safe(model.status())


def test_a_card_that_is_already_there_never_runs(world: World) -> None:
    card = good_model()["README.md"].decode() + "\n## Notes\n\n{{ 191*191 }} {% raw %} <script>x</script>\n"
    model = world.model(files={"README.md": card.encode()})
    assert model.say(f"/model-card path={FOLDER}") == "rocket", model.replies()
    refs = model.git("for-each-ref", "--format=%(refname)").decode()
    if f"giveback/model-card-{model.number}" in refs:
        head = model.git("show", f"giveback/model-card-{model.number}:{FOLDER}/README.md").decode()
        assert "{{ 191*191 }} {% raw %}" in head

"""Pages a person can read, for every address the API hands out, with nothing of theirs run."""

from __future__ import annotations

from pathlib import Path

import httpx
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.github import create_app
from bot.sandbox.github.markdown import shown
from bot.sandbox.serving import run_in_thread
from tests.sandbox.github.stage import Stage

MODELS = "/repos/alice/models"


def _page(stage: Stage, address: str, status: int = 200) -> str:
    url = address if address.startswith("http") else f"{stage.url}{address}"
    answer = httpx.get(url)
    assert answer.status_code == status, url
    return answer.text


def test_a_thread_shows_everything_that_happened_on_it(stage: Stage) -> None:
    stage.fork_with(stage.bob, "topic", {"x.txt": "new line\n"})
    body = (
        "# Hello\n\n- [x] done\n- [ ] open\n\n<details><summary>More</summary>inside</details><!-- marker -->"
    )
    pull = stage.bob.post(
        f"{MODELS}/pulls", {"title": "T <b>", "body": body, "head": "bob:topic", "base": "main"}
    )
    stage.bot.post(f"{MODELS}/issues/1/labels", {"labels": ["enhancement"]})
    stage.bot.post(f"{MODELS}/issues/1/comments", {"body": "| a | b |\n|---|---|\n| 1 | 2 |"})
    stage.alice.post(f"{MODELS}/issues/1/reactions", {"content": "rocket"})
    stage.alice.post(f"{MODELS}/pulls/1/reviews", {"event": "APPROVE", "body": "Fine by me"})
    run = stage.bot.post(
        f"{MODELS}/check-runs",
        {
            "name": "card check",
            "head_sha": pull["head"]["sha"],
            "conclusion": "neutral",
            "output": {"title": "Gaps", "summary": "**two** gaps"},
        },
    )
    stage.alice.post(f"{MODELS}/milestones", {"title": "Soon"})
    stage.alice.patch(f"{MODELS}/issues/1", {"milestone": 1, "assignees": ["alice"]})
    stage.alice.put(f"{MODELS}/issues/1/lock", {"lock_reason": "too heated"})
    stage.bot.post(f"{MODELS}/pulls/1/requested_reviewers", {"reviewers": ["alice"]})
    stage.set("POST", "/repositories/alice/models/pulls/1/draft", {"draft": True, "by": "bob"})
    text = _page(stage, pull["html_url"])
    for part in (
        "locked: too heated",
        "Milestone: Soon",
        "Assigned: alice",
        "review asked of alice",
        ">draft<",
        "T &lt;b&gt;",
        "<h1>Hello</h1>",
        'checkbox" disabled checked',
        "<summary>More</summary>",
        "enhancement",
        "<table>",
        "🚀",
        "approved",
        "Fine by me",
        "card check",
        "+new line",
    ):
        assert part in text, part
    assert "marker" not in text
    assert "<strong>two</strong>" in _page(stage, run["html_url"])


def test_the_addresses_in_answers_open(stage: Stage) -> None:
    issue = stage.bob.post(f"{MODELS}/issues", {"title": "x"})
    comment = stage.bob.post(f"{MODELS}/issues/1/comments", {"body": "hello"})
    repository = stage.bot.get(MODELS)
    release = stage.alice.post(f"{MODELS}/releases", {"tag_name": "v1", "body": "First"})
    commit = stage.bot.get(f"{MODELS}/commits/main")
    file = stage.bot.get(f"{MODELS}/contents/src/train.py")
    for address in (
        issue["html_url"],
        comment["html_url"],
        issue["user"]["html_url"],
        issue["user"]["avatar_url"],
        repository["html_url"],
        release["html_url"],
        commit["html_url"],
        file["html_url"],
        f"{repository['html_url']}/issues",
        f"{stage.url}/apps/giveback",
    ):
        _page(stage, address)
    for address in (file["download_url"], file["url"], file["git_url"], issue["events_url"]):
        assert stage.bob("GET", address).status_code == 200
    for address in (release["tarball_url"], release["zipball_url"]):
        assert httpx.get(address, follow_redirects=True).status_code == 200
    assert _page(stage, file["download_url"]) == "print('hi')\n"


def test_the_front_page_lists_repositories_and_webhooks(stage: Stage) -> None:
    stage.bob.post(f"{MODELS}/issues", {"title": "x"})
    stage.settled()
    text = _page(stage, "/")
    assert "alice/models" in text
    assert "issues.opened" in text
    delivery = stage.set("GET", "/deliveries")["deliveries"][-1]
    assert "X-GitHub-Delivery" in _page(stage, f"/deliveries/{delivery['id']}")


def test_a_page_that_is_not_there_says_where_to_go(stage: Stage) -> None:
    for address in ("/nobody", "/alice/none", "/alice/models/issues/9", "/alice/models/blob/main/none"):
        assert "front page" in _page(stage, address, 404)


def test_the_files_of_a_private_repository_need_a_token(stage: Stage) -> None:
    stage.repository("alice", "diary", {"a.txt": "secret"}, private=True)
    _page(stage, "/alice/diary/raw/main/a.txt", 404)
    answer = stage.alice("GET", f"{stage.url}/alice/diary/raw/main/a.txt", described=False)
    assert answer.text == "secret"


@given(st.text(alphabet=st.sampled_from("<>/=\"'!-& \nabdescriptonlk:()[]`*"), max_size=80))
def test_no_markup_of_anybody_gets_through(text: str) -> None:
    rendered = str(shown(f"{text} <script>x</script> <img src=x onerror=y> [a](javascript:x)"))
    assert "<script" not in rendered
    assert "<img src=x" not in rendered
    assert 'href="javascript' not in rendered


def test_addresses_can_be_pinned_for_use_behind_a_proxy(tmp_path: Path) -> None:
    with run_in_thread(create_app(tmp_path, public_url="http://127.0.0.1:1/")) as server:
        root = httpx.get(f"{server.url}/api/v3/").json()
        assert root["rate_limit_url"] == "http://127.0.0.1:1/api/v3/rate_limit"

"""The pages a person opens in a browser."""

import json
from html.parser import HTMLParser

import httpx
import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from tests.sandbox.hub.client import Client
from tests.sandbox.hub.conftest import World

HOSTILE = """---
license: mit
tags: ["<script>alert(1)</script>"]
co2_eq_emissions: {emissions: 3.5, source: a meter}
model-index:
- name: tiny
  results:
  - task: {type: classification}
    dataset: {type: acme/corpus, name: Corpus}
    metrics: [{type: accuracy, value: 0.97}]
---
# Tiny model

| a | b |
|---|---|
| 1 | 2 |

<script>alert(2)</script> [click](javascript:alert(3))

![the loss](curves/./loss.svg) ![elsewhere](https://example.com/a.png)
![above](../up.png) [data](model.safetensors)
"""

DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


def fill() -> None:
    api = HfApi()
    api.create_repo("acme/shown")
    operations = [
        CommitOperationAdd("README.md", HOSTILE.encode()),
        CommitOperationAdd("sub/ünï code.txt", b"<b>text</b>"),
        CommitOperationAdd("model.safetensors", b"w" * 1234567),
        CommitOperationAdd("picture.dat", b"\xff\xfe\x00"),
        CommitOperationAdd("curves/loss.svg", DRAWING),
    ]
    api.create_commit("acme/shown", operations, commit_message="<i>First</i>")
    api.create_tag("acme/shown", tag="v1/beta")
    change = [CommitOperationAdd("sub/ünï code.txt", b"other")]
    api.create_commit("acme/shown", change, commit_message="Propose", create_pr=True)
    api.comment_discussion("acme/shown", 1, "<script>alert(4)</script> **bold**")
    api.create_repo("acme/hidden", private=True)
    api.create_repo("acme/corpus", repo_type="dataset")
    made = api.create_collection("Things", namespace="acme")
    api.add_collection_item(made.slug, "acme/shown", "model", note="<u>note</u>")


@pytest.fixture(scope="module")
def filled(client: Client) -> None:
    client.run(fill)


class Links(HTMLParser):
    """Collects what a page links to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.found |= {value for name, value in attrs if name == "href" and value}


def read(text: str) -> Links:
    links = Links()
    links.feed(text)
    return links


def test_every_link_from_the_first_page_leads_to_a_page_without_scripts(filled: None, world: World) -> None:
    ahead, seen = ["/"], set[str]()
    with world.http() as http:
        while ahead:
            path = ahead.pop()
            answer = http.get(path, follow_redirects=True)
            assert answer.status_code == 200, path
            if path.startswith("/acme/shown/resolve/"):
                continue
            links = read(answer.text)
            assert links.scripts == 0, path
            assert not any(link.startswith("javascript") for link in links.found), path
            new = {link for link in links.found if link.startswith("/")} - seen
            seen |= new
            ahead.extend(new)
    assert {"/acme/shown", "/datasets/acme/corpus", "/acme/shown/discussions/1"} <= seen
    assert "/acme/shown/tree/v1%2Fbeta" in seen
    assert "/acme/shown/blob/main/sub/%C3%BCn%C3%AF%20code.txt" in seen


def test_the_card_is_shown_with_its_metadata_and_files(filled: None, world: World) -> None:
    with world.http() as http:
        text = http.get("/acme/shown").text
        assert "<h1>Tiny model</h1>" in text
        assert "<table>" in text
        assert "<dt>accuracy on Corpus</dt><dd>0.97</dd>" in text
        assert "emissions: 3.5; source: a meter" in text
        assert "public" in text
        assert "1.2 MB" in http.get("/acme/shown/tree/main").text


def test_private_repositories_are_shown_to_those_one_looks_as_only(filled: None, world: World) -> None:
    with world.http() as http:
        assert "acme/hidden" not in http.get("/").text
        refused = http.get("/acme/hidden")
        assert (refused.status_code, "Looking as" in refused.text) == (401, True)
        assert http.post("/_sandbox/viewer", data={"user": "bob"}).status_code == 303
        assert "acme/hidden" in http.get("/").text
        assert "private" in http.get("/acme/hidden").text
        http.post("/_sandbox/viewer", data={"user": "eve"})
        assert http.get("/acme/hidden").status_code == 404


def test_looking_as_somebody_gives_no_right_in_the_api(filled: None, world: World) -> None:
    with httpx.Client(base_url=world.url, cookies={"viewer": "ann"}) as http:
        assert http.get("/api/models/acme/hidden").status_code == 401
        assert http.delete("/api/models/acme/shown/tag/v1%2Fbeta").status_code == 401


def test_a_web_page_in_a_repository_is_served_as_text(filled: None, world: World) -> None:
    with world.http("ann") as http:
        lines = [
            {"key": "header", "value": {"summary": "A page"}},
            {"key": "file", "value": {"path": "x.html", "content": "<script></script>", "encoding": "utf-8"}},
        ]
        http.post(
            "/api/models/acme/shown/commit/main", content="\n".join(map(json.dumps, lines))
        ).raise_for_status()
        assert http.get("/acme/shown/resolve/main/x.html").headers["content-type"].startswith("text/plain")


def test_a_picture_beside_the_card_is_shown_and_a_link_leads_to_the_files_page(
    filled: None, world: World
) -> None:
    with world.http() as http:
        text = http.get("/acme/shown").text
        assert 'src="/acme/shown/resolve/main/curves/loss.svg"' in text
        assert 'src="https://example.com/a.png"' in text
        assert 'src="../up.png"' in text
        assert 'href="/acme/shown/blob/main/model.safetensors"' in text


def test_a_drawing_is_one_only_where_a_picture_is_wanted(filled: None, world: World) -> None:
    path = "/acme/shown/resolve/main/curves/loss.svg"
    with world.http() as http:
        picture = http.get(path, headers={"Sec-Fetch-Dest": "image"})
        assert (picture.headers["content-type"], picture.content) == ("image/svg+xml", DRAWING)
        for headers in ({}, {"Sec-Fetch-Dest": "document"}):
            opened = http.get(path, headers=headers)
            assert opened.headers["content-type"].startswith("text/plain")
            assert opened.headers["vary"] == "Sec-Fetch-Dest"

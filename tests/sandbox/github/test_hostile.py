"""Whatever is sent, the answer is a refusal or a success: never a server error."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.github.stage import Stage

MODELS = "/repos/alice/models"
WORDS = ["main", "README.md", "0" * 40, "refs/heads/x", "../..", "closed", "success", "100644", "commit"]
NAMES = ["name", "email", "date", "path", "sha", "content", "title", "summary", "annotations"]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.text(max_size=20)
    | st.sampled_from(
        ["main", "README.md", "0" * 40, "refs/heads/x", "../..", "closed", "success", "100644"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "path", "sha"]), inner)
    ),
    max_leaves=6,
)
TARGETS = {
    ("POST", f"{MODELS}/issues"): ["title", "body", "labels", "assignees", "milestone"],
    ("PATCH", f"{MODELS}/issues/1"): ["title", "body", "state", "labels", "assignees", "milestone"],
    ("POST", f"{MODELS}/issues/1/comments"): ["body"],
    ("POST", f"{MODELS}/issues/1/labels"): ["labels"],
    ("POST", f"{MODELS}/issues/1/reactions"): ["content"],
    ("POST", f"{MODELS}/labels"): ["name", "color", "description"],
    ("POST", f"{MODELS}/pulls"): ["title", "head", "base", "body", "draft", "head_repo"],
    ("POST", f"{MODELS}/check-runs"): ["name", "head_sha", "status", "conclusion", "output", "started_at"],
    ("POST", f"{MODELS}/git/refs"): ["ref", "sha"],
    ("PATCH", f"{MODELS}/git/refs/heads/main"): ["sha", "force"],
    ("POST", f"{MODELS}/git/trees"): ["tree", "base_tree"],
    ("POST", f"{MODELS}/git/blobs"): ["content", "encoding"],
    ("POST", f"{MODELS}/git/commits"): ["message", "tree", "parents", "author"],
    ("POST", f"{MODELS}/git/tags"): ["tag", "message", "object", "type", "tagger"],
    ("PUT", f"{MODELS}/contents/x.txt"): ["message", "content", "sha", "branch", "author"],
    ("POST", f"{MODELS}/releases"): ["tag_name", "target_commitish", "name", "draft"],
    ("POST", f"{MODELS}/milestones"): ["title", "due_on"],
}


@pytest.mark.parametrize("target", TARGETS, ids=" ".join)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_body_makes_the_server_fail(stage: Stage, target: tuple[str, str], data: st.DataObject) -> None:
    method, path = target
    stage.alice("POST", f"{MODELS}/issues", {"title": "x"}, described=False)
    body: dict[str, Any] = data.draw(
        st.fixed_dictionaries({}, optional=dict.fromkeys(TARGETS[target], VALUES))
    )
    caller = stage.bot if "check-runs" in path else stage.alice
    answer = caller(method, path, body, described=False)
    assert answer.status_code < 500, answer.text
    content = st.binary(max_size=30)
    answer = caller(method, path, content=data.draw(content), described=False)
    assert answer.status_code < 500, answer.text


@pytest.mark.parametrize(
    "path", ["contents", "commits", "git/ref", "git/trees", "compare", "labels", "issues"]
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rest=st.text(alphabet=st.sampled_from("main.:^~@{}/%20%0a%00é-x?#"), min_size=1, max_size=15))
def test_no_address_makes_the_server_fail(stage: Stage, path: str, rest: str) -> None:
    answer = stage.alice("GET", f"{MODELS}/{path}/{rest}", described=False)
    assert answer.status_code < 500, answer.text

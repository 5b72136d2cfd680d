from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.doctor import Level, Observations, as_text, diagnose
from bot.doctor.observations import Answer, Database, Key

HEALTHY = Observations(
    public_url="https://bot.example.org",
    secret_lengths=(64,),
    github=Answer(200, {}, clock=0.4),
    app=Answer(
        200,
        {
            "slug": "giveback",
            "permissions": {"issues": "write", "metadata": "read"},
            "events": ["issues"],
            "installations_count": 2,
        },
    ),
    hook=Answer(
        200,
        {
            "url": "https://bot.example.org/webhook",
            "content_type": "json",
            "secret": "********",
            "insecure_ssl": "0",
        },
    ),
    deliveries=Answer(200, [{"guid": "a", "status_code": 202}]),
    permissions={"issues": "write", "metadata": "read"},
    events=("issues",),
    hub=Answer(200, {"name": "ada", "auth": {"accessToken": {"role": "fineGrained"}}}),
    has_hub_token=True,
    free_bytes=50 << 30,
)


def changed(answer: Answer | None, **fields: Any) -> Answer:
    assert answer is not None
    return replace(answer, body={**answer.fields, **fields})


def troubles(**changes: Any) -> list[tuple[str, str]]:
    found = diagnose(replace(HEALTHY, **changes))
    return [(one.level.value, one.what) for one in found if one.level is not Level.OK]


def test_a_healthy_service_has_nothing_to_complain_about() -> None:
    assert troubles() == []


def fine_grained(*permissions: str) -> dict[str, Any]:
    scope = {"entity": {"type": "org", "name": "acme"}, "permissions": list(permissions)}
    return {"accessToken": {"role": "fineGrained", "fineGrained": {"global": [], "scoped": [scope]}}}


CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"missing": ("GIVEBACK_GITHUB_APP_ID",)}, "problem", "GIVEBACK_GITHUB_APP_ID is not set"),
    ({"missing": ("A", "B", "C"), "has_no_app": True}, "problem", "No GitHub App is set up"),
    ({"misspelt": {"GIVEBACK_PROT": "GIVEBACK_PORT"}}, "warning", "GIVEBACK_PROT is set"),
    ({"key": Key.UNREADABLE}, "problem", "not a PEM file"),
    ({"key": Key.NOT_RSA}, "problem", "not an RSA key"),
    ({"secret_lengths": (64, 8)}, "warning", "shorter than 20"),
    ({"dry_run": True}, "warning", "Dry run is on"),
    ({"github": Answer(error="ConnectError")}, "problem", "cannot be reached"),
    ({"github": Answer(503)}, "warning", "503"),
    ({"github": Answer(200, {}, clock=-90)}, "problem", "90 s behind"),
    ({"app": Answer(401)}, "problem", "does not accept the App's key (401)"),
    ({"permissions": {"issues": "write", "metadata": "read", "checks": "write"}}, "problem", "checks: write"),
    (
        {"permissions": {"issues": "read", "metadata": "read"}},
        "warning",
        "more permissions than it uses: issues",
    ),
    ({"events": ("issues", "push")}, "problem", "does not receive the events: push"),
    ({"app": changed(HEALTHY.app, installations_count=0)}, "warning", "not installed anywhere"),
    (
        {"slug": "giveback-bot"},
        "problem",
        "GIVEBACK_SLUG is giveback-bot, but GitHub knows the App as giveback",
    ),
    ({"public_url": None}, "warning", "GIVEBACK_PUBLIC_URL"),
    ({"public_url": "https://elsewhere.example.org"}, "problem", "https://bot.example.org/webhook"),
    ({"hook": changed(HEALTHY.hook, content_type="form")}, "problem", "forms"),
    ({"hook": changed(HEALTHY.hook, secret=None)}, "problem", "no secret"),
    ({"hook": changed(HEALTHY.hook, insecure_ssl="1")}, "warning", "certificate"),
    ({"deliveries": Answer(200, [{"guid": "a", "status_code": 502}])}, "warning", "1 of the last 1"),
    ({"hub": Answer(error="ConnectTimeout")}, "problem", "The Hub cannot be reached"),
    ({"hub": Answer(200, []), "has_hub_token": False}, "warning", "GIVEBACK_HUB_TOKEN is not set"),
    (
        {"hub_tokens": ("acme",), "closed_hub_tokens": ("acme",), "has_hub_token_keys": True},
        "problem",
        "opens the Hub tokens for acme",
    ),
    ({"hub_tokens": ("acme",), "closed_hub_tokens": ("acme",)}, "problem", "HUB_TOKEN_KEYS is not set"),
    ({"hub": Answer(401, {"error": "Invalid user token"})}, "problem", "does not accept the token"),
    ({"hub": changed(HEALTHY.hub, auth={"accessToken": {"role": "read"}})}, "problem", "may not write"),
    ({"hub": changed(HEALTHY.hub, auth=fine_grained("repo.content.read"))}, "problem", "may not write"),
    ({"hub": changed(HEALTHY.hub, auth={"accessToken": {"role": "write"}})}, "warning", "everywhere"),
    ({"database": Database(error="disk I/O error")}, "problem", "disk I/O error"),
    ({"database": Database(journal="delete")}, "problem", "write-ahead log"),
    ({"database": Database(schema="9999")}, "problem", "schema 9999"),
    ({"unsigned": "no signing key is set"}, "warning", "not signed: no signing key is set"),
    ({"signing_key": "its file cannot be read"}, "problem", "cannot be used: its file cannot be read"),
    (
        {"has_sentence_model": True, "sentence_model": "there is no folder /models"},
        "warning",
        "The sentence model cannot be used: there is no folder /models",
    ),
    ({"free_bytes": 5 << 30}, "warning", "5.0 GiB"),
    ({"free_bytes": 5 << 20}, "problem", "0.0 GiB"),
]


@pytest.mark.parametrize(("change", "level", "words"), CASES)
def test_each_trouble_is_found_alone(change: dict[str, Any], level: str, words: str) -> None:
    found = troubles(**change)
    assert len(found) == 1, found
    assert found[0][0] == level
    assert words in found[0][1]


@pytest.mark.parametrize(("change", "level", "words"), CASES)
def test_each_trouble_says_why_and_what_to_do(change: dict[str, Any], level: str, words: str) -> None:
    for finding in diagnose(replace(HEALTHY, **change)):
        assert finding.what
        assert (finding.level is Level.OK) != bool(finding.why and finding.next_step)


def test_a_token_that_may_publish_somewhere_is_told_with_the_place() -> None:
    seen = replace(HEALTHY, hub=changed(HEALTHY.hub, auth=fine_grained("repo.write")))
    assert any(one.what.endswith("may publish to acme") for one in diagnose(seen))


def test_only_the_last_try_of_a_delivery_counts() -> None:
    newest_first = [{"guid": "a", "status_code": 202}, {"guid": "a", "status_code": 502}]
    assert troubles(deliveries=Answer(200, newest_first)) == []


def test_answers_of_another_shape_are_no_accident() -> None:
    bodies: tuple[Any, ...] = (None, [], "text", {"permissions": None, "events": None, "auth": None})
    for body in bodies:
        diagnose(replace(HEALTHY, app=Answer(200, body), hook=Answer(200, body), hub=Answer(200, body)))


def test_the_text_has_a_line_for_each_finding_and_its_next_step() -> None:
    text = as_text(diagnose(replace(HEALTHY, dry_run=True)))
    assert "warning Dry run is on\n" in text
    assert "        -> Unset GIVEBACK_DRY_RUN" in text

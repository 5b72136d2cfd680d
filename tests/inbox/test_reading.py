"""The pure parts: signatures, headers, and what a payload is about."""

from __future__ import annotations

import contextlib
import json

from hypothesis import given
from hypothesis import strategies as st

from bot.events import read_event
from bot.inbox import (
    DeliveryRefusedError,
    Subject,
    _read_subject_slowly,
    is_signed,
    read_envelope,
    read_subject,
)
from tests.inbox.conftest import GUID
from tests.webhooks import headers_for, sign


@given(st.binary(max_size=200), st.binary(max_size=200), st.text(min_size=1))
def test_a_signature_holds_for_its_own_body_and_no_other(body: bytes, other: bytes, secret: str) -> None:
    signature = sign(body, secret).encode()
    assert is_signed(body, signature, [b"another", secret.encode()])
    assert is_signed(other, signature, [secret.encode()]) == (other == body)


@given(st.dictionaries(st.sampled_from(sorted(k.encode() for k in headers_for(b""))), st.binary(max_size=80)))
def test_any_headers_are_read_or_refused(headers: dict[bytes, bytes]) -> None:
    with contextlib.suppress(DeliveryRefusedError):
        assert read_envelope(headers.items()).guid


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["action", "issue", "pull_request", "repository", "installation", "number", "id", "full_name"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_yields_a_subject_that_both_databases_can_hold_or_is_refused(payload: object) -> None:
    with contextlib.suppress(DeliveryRefusedError):
        subject = read_subject(json.dumps(payload).encode())
        assert "\0" not in str(subject)
        assert subject.installation_id is None or 0 < subject.installation_id < 2**63


PARTS = st.one_of(JSON, st.integers(), st.sampled_from(["opened", "octo/hello", "a b", ""]))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "action": PARTS,
            "installation": st.one_of(PARTS, st.fixed_dictionaries({"id": PARTS})),
            "repository": st.one_of(PARTS, st.fixed_dictionaries({"full_name": PARTS})),
            "issue": st.one_of(PARTS, st.fixed_dictionaries({"number": PARTS})),
            "pull_request": st.one_of(PARTS, st.fixed_dictionaries({"number": PARTS})),
        },
    )
)
def test_a_glance_at_a_payload_sees_what_reading_all_of_it_sees(payload: object) -> None:
    body = json.dumps(payload).encode()
    assert read_subject(body) == _read_subject_slowly(body)


@given(st.integers(1, 10**9), st.sampled_from(["issue", "pull_request"]))
def test_the_thread_of_a_delivery_is_the_thread_of_its_event(number: int, kind: str) -> None:
    body = json.dumps(
        {
            "repository": {"full_name": "octo/hello.ai", "name": "hello.ai", "owner": {"login": "octo"}},
            kind: {
                "number": number,
                "head": {"ref": "a", "sha": "1" * 40},
                "base": {"ref": "b", "sha": "2" * 40},
            },
        }
    ).encode()
    assert read_subject(body).thread == str(read_event("any", GUID, body).thread)


def test_deliveries_of_a_thread_share_a_line_whatever_the_repository_is_called() -> None:
    def line(**about: object) -> str | None:
        return read_subject(json.dumps(about).encode()).line

    before, after = ({"id": 11, "full_name": name} for name in ("octo/old", "octo/new"))
    assert (
        line(repository=before, issue={"number": 7}) == line(repository=after, issue={"number": 7}) == "11#7"
    )
    assert line(repository=before) == "11"
    assert line(repository={"full_name": "octo/old"}, issue={"number": 7}) == "octo/old#7"
    assert line() is None


def test_a_payload_about_nothing_has_an_empty_subject() -> None:
    assert read_subject(b"{}") == Subject()

import logging

import pytest

from bot.hub.errors import HubUnavailable
from bot.hub.publishing import Publisher
from bot.hub.scrubbing import without_secrets
from tests.fixtures.hub import SandboxHub

ENVIRONMENT = {"HF_TOKEN": "hf_secret", "HTTPS_PROXY": "http://giveback:ses%40me@proxy:8080"}


@pytest.mark.parametrize(
    "text",
    [
        "token hf_secret",
        "via http://giveback:ses%40me@proxy:8080",
        "user giveback ses%40me",
        "password ses@me",
        "Bearer hf_jwt_eyJhbGciOi.secret_-ses",
    ],
)
def test_no_form_of_a_secret_is_left(text: str) -> None:
    left = without_secrets(text, ENVIRONMENT)
    assert "hf_secret" not in left
    assert "ses" not in left
    assert "[" in left


def test_text_with_no_secret_stays_as_it_is() -> None:
    assert without_secrets("nothing here", ENVIRONMENT | {"HTTP_PROXY": "http://proxy:1"}) == "nothing here"


async def test_the_log_has_the_traceback_of_what_failed_without_the_secrets(
    hub: SandboxHub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://giveback:sesame@127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    with caplog.at_level(logging.INFO, "bot.hub.process"), pytest.raises(HubUnavailable):
        await Publisher(hub.access).access()
    assert "Traceback" in caplog.text
    assert "ConnectError" in caplog.text
    assert "sesame" not in caplog.text
    assert hub.token not in caplog.text

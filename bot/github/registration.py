"""Turn the code that GitHub hands out for an App manifest into the App's credentials."""

from __future__ import annotations

from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from bot.errors import RefusedError
from bot.github.limits import understand
from bot.github.session import USER_AGENT, reaching

TIMEOUT = 30.0
"""Seconds; GitHub makes a key pair before it answers."""


class Registration(BaseModel):
    """A new App and, this once, its credentials."""

    model_config = ConfigDict(frozen=True)

    id: int
    slug: str
    html_url: str
    webhook_secret: SecretStr
    pem: SecretStr


async def convert(api_url: str, code: str) -> Registration:
    """Exchange a manifest's code, good once and for an hour (REST "Create a GitHub App from a manifest").

    Raises:
        RefusedError: the code is used, too old or made up, or the answer holds no credentials.
        TransientError: GitHub cannot answer now.
    """
    headers = {"accept": "application/vnd.github+json", "user-agent": USER_AGENT}
    with reaching("GitHub"):
        async with httpx.AsyncClient(timeout=TIMEOUT, headers=headers) as http:
            answer = await http.post(f"{api_url}/app-manifests/{quote(code, safe='')}/conversions")
    if answer.status_code != 201:
        said = f"GitHub answered {answer.status_code}"
        raise understand(answer.status_code, answer.headers, said)
    try:
        return Registration.model_validate_json(answer.content)
    except ValidationError as error:
        # The answer holds secrets, so nothing of it may get into the message.
        missing = ", ".join(str(detail["loc"][0]) for detail in error.errors() if detail["loc"])
        raise RefusedError(f"GitHub's answer lacks {missing or 'an App'}", 502) from None

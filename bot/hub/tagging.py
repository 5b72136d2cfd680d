"""Make a tag on the Hub, though it may be there already; runs only in the child process."""

from __future__ import annotations

from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

_TAKEN = 409


def make_tag(api: HfApi, hub_id: str, name: str, commit: str, message: str) -> None:
    """Make a tag; one of that name is left alone, wherever it stands."""
    try:
        api.create_tag(hub_id, tag=name, revision=commit, tag_message=message)
    except HfHubHTTPError as error:
        if error.response.status_code != _TAKEN:
            raise

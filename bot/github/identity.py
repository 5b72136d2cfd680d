"""Hold the App's name in the settings to the one GitHub knows it by."""

from __future__ import annotations

import logging

from jwt import PyJWTError

from bot.errors import RefusedError, TransientError
from bot.github.client import AppClient
from bot.settings import Settings, SettingsError

logger = logging.getLogger(__name__)

TIMEOUT = 5.0
"""Seconds GitHub may take: it is asked before the service starts."""


async def check_slug(settings: Settings) -> None:
    """Ask GitHub what the App is called; with another name the bot does not know its own comments.

    Only a name that is surely wrong stops the start. When GitHub is down, or refuses the App, deliveries
    are still to be taken in, so that is logged.

    Raises:
        SettingsError: GitHub knows the App by another name.
    """
    if settings.github_app_id is None or settings.github_private_key is None:
        return
    app = AppClient(
        api_url=settings.github_api_url,
        app_id=settings.github_app_id,
        private_key=settings.github_private_key.get_secret_value(),
        timeout=TIMEOUT,
    )
    try:
        slug = await app.slug()
    except TransientError as error:
        logger.warning("GIVEBACK_SLUG could not be checked: %s", error)
        return
    except RefusedError as error:
        logger.error("GitHub does not accept the App (%d): %s; run `giveback doctor`", error.status, error)
        return
    except PyJWTError as error:
        logger.error("the App's private key cannot be used: %s; run `giveback doctor`", error)
        return
    finally:
        await app.close()
    if slug != settings.slug:
        raise SettingsError(f"GIVEBACK_SLUG: GitHub knows this App as {slug}; set GIVEBACK_SLUG={slug}")

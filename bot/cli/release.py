"""``giveback release``: the commands of the library, and those that look into the service's database."""

from __future__ import annotations

from bot.cli.release_status import status
from bot.cli.releases import list_releases
from bot.release.cli import release_app

release_app.command("list")(list_releases)
release_app.command()(status)

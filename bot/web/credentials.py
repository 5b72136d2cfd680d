"""Keep a new App's credentials in files that only the service's own user can read."""

from __future__ import annotations

import os
import shlex
import tempfile
from pathlib import Path

from bot.github.registration import Registration
from bot.settings import Settings


def credentials_file(settings: Settings) -> Path:
    """Say where a new App's settings are written to, as lines for a shell or systemd."""
    return settings.state.resolve() / "app.env"


def check_writable(file: Path) -> None:
    """Find out before there is an App that its credentials could not be kept; raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=file.parent):
        pass


def write_credentials(file: Path, app: Registration, public_url: str) -> list[str]:
    """Write an App's settings to ``file`` and its private key beside it; name the variables it sets.

    Raises OSError.
    """
    key = file.with_name("app.pem")
    values = {
        "GIVEBACK_GITHUB_APP_ID": str(app.id),
        "GIVEBACK_GITHUB_PRIVATE_KEY_PATH": str(key),
        "GIVEBACK_WEBHOOK_SECRETS": app.webhook_secret.get_secret_value(),
        "GIVEBACK_SLUG": app.slug,
        "GIVEBACK_PUBLIC_URL": public_url,
    }
    _write(key, app.pem.get_secret_value())
    # Last, for its being there says that everything is.
    _write(file, "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items()))
    return list(values)


def _write(path: Path, text: str) -> None:
    number, name = tempfile.mkstemp(dir=path.parent)  # made readable by its owner alone
    with os.fdopen(number, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    Path(name).replace(path)

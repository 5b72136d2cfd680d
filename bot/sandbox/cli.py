"""``giveback sandbox github|hub|sigstore``: what releases talk to, on loopback, to try things out with."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn

from bot.sandbox.serving import HOST

sandbox = typer.Typer(
    no_args_is_help=True, help="Run a GitHub, a Hub or a Sigstore on loopback, to try things out."
)

Port = Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on.")]
State = Annotated[Path, typer.Option(file_okay=False, help="The folder it keeps everything in.")]
PublicUrl = Annotated[
    str | None, typer.Option(help="The address to put into answers, when something stands in front.")
]


@sandbox.command()
def github(port: Port = 8100, state: State = Path(".giveback/github"), public_url: PublicUrl = None) -> None:
    """Run a GitHub: its API under /api/v3, its pages at the root."""
    from bot.sandbox.github import create_app

    _run(create_app(state, public_url=public_url), "GitHub", port)


@sandbox.command()
def hub(port: Port = 8200, state: State = Path(".giveback/hub"), public_url: PublicUrl = None) -> None:
    """Run a Hugging Face Hub."""
    from bot.sandbox.hub import create_app

    _run(create_app(state, public_url=public_url), "Hub", port)


@sandbox.command()
def sigstore(port: Port = 8300) -> None:
    """Run a Sigstore; its keys and its log are forgotten when it is stopped."""
    from bot.sandbox.sigstore import Services, create_app

    typer.echo(f"What a client has to trust is at http://{HOST}:{port}/_sandbox/trust")
    _run(create_app(Services()), "Sigstore", port)


def _run(app: Any, name: str, port: int) -> None:
    typer.echo(f"The sandbox {name} is at http://{HOST}:{port} (stop it with Ctrl-C).")
    uvicorn.run(app, host=HOST, port=port, log_level="warning", access_log=False, timeout_keep_alive=75)


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running to click through.")] = False,
) -> None:
    """Play a story from a bug report to a published model, on this machine alone."""
    from bot.sandbox.demo.run import demo as play

    # What the demo started is stopped on the way out, which a plain SIGTERM would not take.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    raise typer.Exit(play(keep=keep))

"""The command ``giveback anonymize``: carry out a policy on a table, or propose one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from bot.datasets.anonymize.policy import KEY_VARIABLE, read_policy, write_policy
from bot.datasets.anonymize.propose import propose_for
from bot.datasets.anonymize.rows import RowsError
from bot.datasets.anonymize.run import PolicyError
from bot.datasets.anonymize.run import anonymize as carry_out
from bot.datasets.risk.tables import TableError
from bot.documents import DocumentError
from bot.rendering import render
from bot.scratch import sweep


def anonymize(
    source: Annotated[
        Path,
        typer.Argument(metavar="IN", help="CSV, TSV, Parquet or JSON lines.", exists=True, dir_okay=False),
    ],
    target: Annotated[
        Path | None, typer.Argument(metavar="OUT", help="The file to write.", dir_okay=False)
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            help="What happens to each column. Without it one is proposed and printed.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            help="File with the secret key of hashes, made-up values and shifted days, else "
            f"{KEY_VARIABLE} has it. Keep it out of the repository.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Write OUT from IN by a policy, scan both, and say what was there before and what is left.

    The exit code is 1 when something verified is left, or something could not be scanned.
    """
    sweep()
    try:
        if policy is None:
            typer.echo(write_policy(*propose_for(source)), nl=False)
            return
        if target is None:
            raise typer.BadParameter("name the file to write", param_hint="OUT")
        result = carry_out(source, target, read_policy(policy.read_bytes()), _key(key_file))
    except DocumentError as error:
        for problem in error.problems:
            typer.echo(f"{policy}:{problem}", err=True)
        raise typer.Exit(2) from None
    except (PolicyError, RowsError, TableError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps(result.as_dict(), indent=2))
    else:
        typer.echo(render("pages/anonymize.txt.j2", result=result, target=str(target)), nl=False)
    raise typer.Exit(0 if result.complete and not result.left else 1)


def _key(file: Path | None) -> bytes:
    if file is not None:
        return file.read_bytes().strip()
    return os.environb.get(KEY_VARIABLE.encode(), b"")

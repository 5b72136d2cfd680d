"""Releases say their version and what a rehearsal found; pipelines get tokens to ask for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns, which are empty for the releases there are, and the table."""
    with op.batch_alter_table("release") as release:
        release.add_column(sa.Column("version", sa.String(), nullable=False, server_default=""))
        release.add_column(sa.Column("rehearsal", sa.Boolean(), nullable=False, server_default=sa.false()))
        release.add_column(sa.Column("own_issue", sa.Boolean(), nullable=False, server_default=sa.false()))
        release.add_column(sa.Column("rehearsed", sa.JSON(), nullable=True))
    with op.batch_alter_table("release") as release:
        for name in ("version", "rehearsal", "own_issue"):
            release.alter_column(name, server_default=None)
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("owner_account", sa.BigInteger(), nullable=False),
        sa.Column("repositories", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=True),
        sa.Column("revoked_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )

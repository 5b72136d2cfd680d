"""What is noted as a release may also be a rollback or a withdrawal, and says how many people must agree."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns: everything there is so far is a release."""
    with op.batch_alter_table("release") as release:
        release.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="release"))
        release.add_column(sa.Column("approvers", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("release") as release:
        for name in ("kind", "approvers"):
            release.alter_column(name, server_default=None)

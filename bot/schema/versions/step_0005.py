"""Releases keep what of their gates can be waived."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column, which is empty for the releases there are: what was refused then is refused anew."""
    with op.batch_alter_table("release") as release:
        release.add_column(sa.Column("waivable", sa.JSON(), nullable=True))

"""What Alembic runs to take the steps, in the transaction that it is given."""

from __future__ import annotations

from alembic import context

given = context.config.attributes
context.configure(
    connection=given["connection"],
    version_table=given["version_table"],
    render_as_batch=True,  # SQLite alters a table by making it anew
)
context.run_migrations()

"""Alembic's entry: runs inside the transaction of the connection it was handed."""

from alembic import context
from sqlmodel import SQLModel

from knowhow_memory import models  # noqa: F401  the tables register themselves

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()

"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite only autoincrements INTEGER keys, PostgreSQL needs 64 bits.
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String(300)
ID = sa.String(32)
DIGEST = sa.String(64)
WORD = sa.String(16)


def upgrade() -> None:
    create_people_and_problems()
    create_decisions()
    create_outcomes()
    create_store_facts()


def create_people_and_problems() -> None:
    op.create_table(
        "tenant",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", NAME, nullable=False, unique=True),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("checksum", BIG, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "problem",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("tenant_id", sa.Integer, sa.ForeignKey("tenant.id"), nullable=False, index=True),
        sa.Column("digest", DIGEST, nullable=False, index=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.UniqueConstraint("tenant_id", "digest"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "embedding",
        sa.Column("digest", DIGEST, primary_key=True),
        sa.Column("embedder", DIGEST, primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("checksum", BIG, nullable=False),
    )


def create_decisions() -> None:
    op.create_table(
        "decision",
        sa.Column("id", ID, primary_key=True),
        sa.Column("seq", BIG, nullable=False, unique=True),
        sa.Column("tenant_id", sa.Integer, sa.ForeignKey("tenant.id"), nullable=False, index=True),
        sa.Column("problem_id", BIG, nullable=False, index=True),
        sa.Column("task", NAME),
        sa.Column("principal", NAME, index=True),
        sa.Column("session", NAME),
        sa.Column("arm", NAME),
        sa.Column("fallback", NAME),
        sa.Column("cause", NAME, nullable=False),
        sa.Column("explored", sa.Boolean, nullable=False),
        sa.Column("propensity", sa.Float),
        sa.Column("estimate", sa.Float),
        sa.Column("low", sa.Float),
        sa.Column("high", sa.Float),
        sa.Column("candidates", sa.JSON, nullable=False),
        sa.Column("learned_seq", BIG),
        sa.Column("big_model", NAME),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("checksum", BIG, nullable=False),
    )


def create_outcomes() -> None:
    op.create_table(
        "outcome",
        sa.Column("seq", BIG, primary_key=True, autoincrement=False),
        sa.Column("id", ID, nullable=False, index=True),
        sa.Column("event", WORD, nullable=False),
        sa.Column("replaces", BIG, unique=True),
        sa.Column("tenant_id", sa.Integer, sa.ForeignKey("tenant.id"), nullable=False),
        sa.Column("problem_id", BIG, nullable=False, index=True),
        sa.Column("task", NAME),
        sa.Column("decision_id", ID, index=True),
        sa.Column("propensity", sa.Float),
        sa.Column("arm", NAME, nullable=False),
        sa.Column("reward", sa.Float),
        sa.Column("fault", WORD, nullable=False),
        sa.Column("verified_by", NAME, nullable=False),
        sa.Column("principal", NAME, index=True),
        sa.Column("source", NAME),
        sa.Column("cost", sa.Float),
        sa.Column("latency_s", sa.Float),
        sa.Column("tokens_in", sa.Integer),
        sa.Column("tokens_out", sa.Integer),
        sa.Column("big_model", NAME),
        sa.Column("adapter_version", NAME),
        sa.Column("content_id", DIGEST),
        sa.Column("occurred_at", sa.Float, nullable=False),
        sa.Column("recorded_at", sa.Float, nullable=False),
        sa.Column("steps_checksum", BIG),
        sa.Column("checksum", BIG, nullable=False),
    )
    recorded = sa.text("event = 'recorded'")
    op.create_index(
        "ix_outcome_content",
        "outcome",
        ["tenant_id", "content_id"],
        unique=True,
        sqlite_where=recorded,
        postgresql_where=recorded,
    )
    op.create_table(
        "trajectory",
        sa.Column("outcome_id", ID, primary_key=True),
        sa.Column("steps", sa.JSON, nullable=False),
    )


def create_store_facts() -> None:
    op.create_table(
        "purge",
        sa.Column("seq", BIG, primary_key=True, autoincrement=False),
        sa.Column("scope", WORD, nullable=False),
        sa.Column("removed", sa.Integer, nullable=False),
        sa.Column("recorded_at", sa.Float, nullable=False),
    )
    op.create_table(
        "store_fact",
        sa.Column("key", DIGEST, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("checksum", BIG, nullable=False),
    )


def downgrade() -> None:
    for table in (
        "store_fact",
        "purge",
        "trajectory",
        "outcome",
        "decision",
        "embedding",
        "problem",
        "tenant",
    ):
        op.drop_table(table)

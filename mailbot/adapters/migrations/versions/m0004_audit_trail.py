"""The audit trail, whose rows are never changed, and what retention deleted."""

import sqlalchemy as sa
from alembic import op

from mailbot.adapters.append_only import statements

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("via", sa.String(10), nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("about", sa.String(80), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("audit_about", "audit", ["about"])
    for statement in statements("audit", op.get_bind().dialect.name):
        op.execute(statement)
    op.create_table(
        "deletions",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
    )

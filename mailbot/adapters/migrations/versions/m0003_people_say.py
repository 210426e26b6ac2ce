"""What people decide, reminders, and what the outbox must know of its letters."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _rulings()
    _reminders()
    _letters()


def _rulings() -> None:
    op.create_table(
        "rulings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("via", sa.String(10), nullable=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("review", sa.Integer()),
        sa.Column("message", sa.Integer(), sa.ForeignKey("messages.id")),
        sa.Column("command", sa.Integer(), sa.ForeignKey("messages.id")),
        sa.Column("undoes", sa.Integer(), sa.ForeignKey("rulings.id")),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON()),
        sa.Column("after", sa.JSON()),
        sa.Column("carried_out_at", sa.DateTime()),
    )
    op.create_index("rulings_of_message", "rulings", ["message"])
    with op.batch_alter_table("reviews") as reviews:
        reviews.add_column(sa.Column("proposed", sa.JSON()))
        reviews.add_column(sa.Column("settled_by", sa.Integer(), sa.ForeignKey("rulings.id", name="reviews_settled_by")))
    op.create_index("reviews_of_message", "reviews", ["message"])
    with op.batch_alter_table("contacts") as contacts:
        contacts.drop_column("registered_at")
    op.drop_index("filings_unit", "filings")
    with op.batch_alter_table("filings") as filings:
        filings.add_column(sa.Column("withdrawn_by", sa.Integer(), sa.ForeignKey("rulings.id", name="filings_withdrawn_by")))
    op.create_index("filings_of_unit", "filings", ["unit", "received_at"])
    op.create_index("filings_of_message", "filings", ["message"])


def _reminders() -> None:
    op.create_table(
        "reminders",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("campaign", sa.String(80), nullable=False),
        sa.Column("unit", sa.String(80), nullable=False),
        sa.Column("duty", sa.String(80), nullable=False),
        sa.Column("period", sa.String(20), nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("letter", sa.Integer(), sa.ForeignKey("letters.id")),
        sa.UniqueConstraint("campaign", "unit", "duty", "period", "step", name="one_reminder_a_step"),
    )


def _letters() -> None:
    with op.batch_alter_table("letters") as letters:
        letters.add_column(sa.Column("unit", sa.String(80)))
        letters.add_column(sa.Column("data", sa.JSON()))
        letters.add_column(sa.Column("action", sa.String(20)))
        letters.add_column(sa.Column("joined_into", sa.Integer(), sa.ForeignKey("letters.id", name="letters_joined_into")))
        letters.add_column(sa.Column("copied_at", sa.DateTime()))
    op.create_index("letters_sent", "letters", ["state", "sent_at"])

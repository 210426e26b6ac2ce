"""A thing that waits for a person may run out: a cloud attachment."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("reviews", sa.Column("until", sa.DateTime(), nullable=True))

"""What several processes have to share: kept work, and who is renewing which page's tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and find old feedback fast."""
    op.create_table(
        "kept",
        sa.Column("name_mark", sa.String(64), primary_key=True),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_kept_expires", "kept", ["expires"])
    op.create_table(
        "leases",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
    )
    op.create_index("ix_feedback_received", "feedback", ["received"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_feedback_received", "feedback")
    op.drop_table("leases")
    op.drop_table("kept")

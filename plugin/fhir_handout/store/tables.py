"""The tables of the service's database.

Patients' data stands in the columns named `sealed`, encrypted, and as bare references in
`audit.patient` and `audit.document`; nowhere else. Secrets are kept as hashes. Instants are UTC,
in seconds since 1970, alike in every database.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
_ROW_ID = BigInteger().with_variant(Integer(), "sqlite")  # only that counts up by itself there

METADATA = MetaData(naming_convention=_NAMES)

# A launch between its beginning and the browser's return: state, nonce and PKCE verifier.
LAUNCHES = Table(
    "launches",
    METADATA,
    Column("state_hash", String(64), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("expires", BigInteger, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
)

# A clinician's open page: tokens, patient, what they have chosen and corrected so far.
SESSIONS = Table(
    "sessions",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("secret_hash", String(64), nullable=False),
    Column("tenant", String(64), nullable=False),
    Column("expires", BigInteger, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

# Work that was not done when the EHR ended a page, for the next launch; by a mark of whose it is.
KEPT = Table(
    "kept",
    METADATA,
    Column("name_mark", String(64), primary_key=True),
    Column("expires", BigInteger, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
)

# Which process renews the tokens of a page just now: a refresh token is good for one use.
LEASES = Table(
    "leases",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("expires", BigInteger, nullable=False),
    Column("holder", String(64), nullable=False),
)

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("id", _ROW_ID, primary_key=True, autoincrement=True),
    Column("received", BigInteger, nullable=False, index=True),
    Column("tenant", String(64), nullable=False),
    Column("service", String(128), nullable=False),
    Column("card", String(128), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("outcome_timestamp", String(64), nullable=False),
    Column("reason", String(128), nullable=True),
    Column("sealed", LargeBinary, nullable=True),
    Index("ix_feedback_card", "tenant", "card"),
)

# Who did what to whose handout, and on what grounds.
AUDIT = Table(
    "audit",
    METADATA,
    Column("id", _ROW_ID, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("request_id", String(64), nullable=False),
    Column("tenant", String(64), nullable=False),
    Column("actor", String(255), nullable=False),
    Column("action", String(32), nullable=False),
    Column("outcome", String(64), nullable=False),
    Column("patient", String(255), nullable=True, index=True),
    Column("document", String(255), nullable=True),
    Column("sealed", LargeBinary, nullable=True),
)

# Ids of signed tokens that were used: none is taken twice.
SEEN_TOKENS = Table(
    "seen_tokens",
    METADATA,
    Column("issuer_hash", String(64), primary_key=True),
    Column("id_hash", String(64), primary_key=True),
    Column("expires", BigInteger, nullable=False, index=True),
)

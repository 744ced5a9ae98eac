"""Alembic's entry: runs the migrations on the connection it is given."""

from alembic import context

from fhir_handout.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()

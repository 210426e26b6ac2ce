"""A table that is only added to: the database itself refuses to change or delete its rows."""

_SAID = "only added to"


def statements(table: str, dialect: str) -> tuple[str, ...]:
    """What makes a table so, in SQLite or PostgreSQL. Whoever owns the database can take it away again; then the hashes tell."""
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is {_SAID}'); END"
            for verb in ("UPDATE", "DELETE")
        )
    return (
        f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is {_SAID}'; END $$",
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()",
    )

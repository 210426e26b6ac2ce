"""The PostgreSQL fixture itself: real, in UTF-8, and empty for each test."""

import pytest
from sqlalchemy import create_engine, text


@pytest.mark.parametrize("turn", [1, 2])
def test_an_empty_utf8_database_each_time(postgres_url: str, turn: int) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        assert connection.execute(text("show server_encoding")).scalar_one() == "UTF8"
        assert connection.execute(text("select count(*) from pg_tables where schemaname = 'public'")).scalar_one() == 0
        connection.execute(text("create table units (name text)"))
        connection.execute(text("insert into units values ('八仙筒')"))
    engine.dispose()

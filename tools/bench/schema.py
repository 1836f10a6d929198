"""Indexes and constraints: written down, taken away for a load, built again the same."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any, NamedTuple

import psycopg

EVERYTHING = """
SELECT 'index ' || indexname, tablename || ': ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'constraint ' || conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) || ' ' || convalidated
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'trigger ' || t.tgrelid::regclass || '.' || t.tgname, pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
FROM pg_trigger t WHERE NOT t.tgisinternal
UNION ALL
SELECT 'table ' || relname, relpersistence::text || ' ' || coalesce(reloptions::text, '')
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
UNION ALL
SELECT 'schema ' || nspname, '' FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'
"""
# Constraints that own an index come back by adopting it; those without are checks, which may stay.
KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname),
    CASE contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END || ' USING INDEX ' || quote_ident(conname)
    || CASE WHEN condeferrable THEN ' DEFERRABLE' ELSE '' END
    || CASE WHEN condeferred THEN ' INITIALLY DEFERRED' ELSE '' END
FROM pg_constraint WHERE contype IN ('p', 'u') AND conrelid = ANY(%s::regclass[]) ORDER BY conname
"""
FOREIGN_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
FROM pg_constraint
WHERE contype = 'f' AND (conrelid = ANY(%(tables)s::regclass[]) OR confrelid = ANY(%(tables)s::regclass[]))
ORDER BY conname
"""
INDEXES = """
SELECT quote_ident(i.indexname), i.indexdef FROM pg_indexes i
WHERE i.schemaname = 'public' AND i.tablename = ANY(%s)
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.contype = 'x' AND c.conname = i.indexname)
ORDER BY i.indexname
"""


def everything(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Every index, constraint, trigger, table and schema with its definition, to compare before and after."""
    return dict(connection.execute(EVERYTHING).fetchall())


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """What is in only one of the two, or defined in another way."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


class Constraint(NamedTuple):
    table: str
    name: str
    definition: str


class Stripped(NamedTuple):
    """What was taken away, in the order in which it has to come back."""

    indexes: list[tuple[str, str]]
    keys: list[Constraint]
    foreign_keys: list[Constraint]


def strip(connection: psycopg.Connection[Any], tables: list[str]) -> Stripped:
    """Take away the indexes, keys and foreign keys of `tables`, and the foreign keys that lead to them."""
    indexes = connection.execute(INDEXES, [tables]).fetchall()
    keys = [Constraint(*row) for row in connection.execute(KEYS, [tables])]
    foreign_keys = [Constraint(*row) for row in connection.execute(FOREIGN_KEYS, {"tables": tables})]
    for constraint in [*foreign_keys, *keys]:
        connection.execute(f"ALTER TABLE {constraint.table} DROP CONSTRAINT {constraint.name}")
    for name, _ in indexes:
        connection.execute(f"DROP INDEX IF EXISTS public.{name}")
    return Stripped(indexes, keys, foreign_keys)


def rebuild(url: str, stripped: Stripped, *, at_once: int, progress: Callable[[float], None]) -> None:
    """Bring back all that strip() took, several indexes at once."""
    total = len(stripped.indexes) + len(stripped.foreign_keys)
    with ThreadPoolExecutor(at_once) as pool:
        builds = [pool.submit(run, url, definition) for _, definition in stripped.indexes]
        for done, build in enumerate(as_completed(builds), start=1):
            build.result()
            progress(done / total)
    for key in stripped.keys:
        run(url, f"ALTER TABLE {key.table} ADD CONSTRAINT {key.name} {key.definition}")
    for done, key in enumerate(stripped.foreign_keys, start=len(stripped.indexes) + 1):
        run(url, f"ALTER TABLE {key.table} ADD CONSTRAINT {key.name} {key.definition}")
        progress(done / total)


def run(url: str, statement: str) -> None:
    """One statement in a session with room for sorting."""
    with psycopg.connect(url, autocommit=True, options="-c maintenance_work_mem=512MB -c work_mem=256MB") as connection:
        connection.execute(statement)

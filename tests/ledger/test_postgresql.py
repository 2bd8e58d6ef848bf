"""The same statements on a real PostgreSQL; without one on this host they are not run."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Select, TextClause
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.dml import Insert, Update

from botd.ledger import (
    accounts,
    alerts,
    attempts,
    campaigns,
    commands,
    events,
    halts,
    intents,
    marks,
    moments,
    order_rows,
    overrides,
    positions,
    reports,
    schema,
    unmanaged,
)
from botd.ledger.coding import stored
from botd.ledger.intents import intent_row
from tests.ledger.given import DUE, NOBODY, a_position, an_intent, give_to_nobody

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(
        not (shutil.which("initdb") and shutil.which("pg_ctl") and shutil.which("psql")),
        reason="no PostgreSQL on this host",
    ),
]

_MODULES = (
    accounts,
    alerts,
    attempts,
    campaigns,
    commands,
    events,
    halts,
    intents,
    marks,
    moments,
    order_rows,
    overrides,
    positions,
    reports,
    unmanaged,
)
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it so

Psql = Callable[[str], str]


@pytest.fixture(scope="module")
def psql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Psql]:
    folder = tmp_path_factory.mktemp("pg")
    user = NOBODY if os.geteuid() == 0 else None  # PostgreSQL does not run as root
    if user is not None:
        give_to_nobody(folder)
    options = f"-k {folder} -c listen_addresses= -c fsync=off"

    def run(*command: str, typed: str | None = None) -> str:
        done = subprocess.run(
            command,
            user=user,
            cwd=folder,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == done.returncode, done.stdout + done.stderr
        return done.stdout

    run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", "botd", "-E", "UTF8")
    # Its log goes to a file: the server would keep the pipe open.
    start = ("-l", str(folder / "log"), "-o", options, "-w", "start")
    subprocess.run(
        (str(shutil.which("pg_ctl")), "-D", str(folder / "data"), *start),
        user=user,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    client = (
        "psql",
        "-h",
        str(folder),
        "-U",
        "botd",
        "-d",
        "postgres",
        "-qAt",
        "-v",
        "ON_ERROR_STOP=1",
    )
    run(*client, typed="\n".join(tables()))
    yield lambda typed: run(*client, typed=typed)
    run("pg_ctl", "-D", str(folder / "data"), "-m", "fast", "-w", "stop")


def tables() -> Iterator[str]:
    for table in schema.metadata.sorted_tables:
        yield f"{CreateTable(table).compile(dialect=_DIALECT)};"
        for index in table.indexes:
            yield f"{CreateIndex(index).compile(dialect=_DIALECT)};"


def statements() -> dict[str, Any]:
    """Collect every statement that is made once."""
    return {
        f"{module.__name__}.{name}": value
        for module in _MODULES
        for name, value in vars(module).items()
        if isinstance(value, (TextClause, Select, Insert, Update))
    }


def prepared(name: str, statement: Any, values: dict[str, Any] | None = None) -> str:  # noqa: ANN401 - any statement
    """Write a statement as PostgreSQL prepares it; with *values*, run it too."""
    sql = str(statement.compile(dialect=_DIALECT))
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    sql = re.sub(r"%\((\w+)\)s(?:::\w+)?", number, sql)
    typed = f"PREPARE {name} AS {sql};"
    if values is None:
        return typed
    given = ", ".join(literal(values[each]) for each in names)
    return f"{typed}\nEXECUTE {name}({given});\nDEALLOCATE {name};"


def literal(value: str | int | None) -> str:
    """Write a value as PostgreSQL reads it."""
    if value is None:
        return "NULL"
    quoted = str(value).replace("'", "''")
    return str(value) if isinstance(value, int) else f"'{quoted}'"


def row_of(name: str) -> dict[str, Any]:
    return {**stored(a_position(name, number=int(name))), "events": 0, "head": ""}


def test_every_statement_is_understood(psql: Psql) -> None:
    """The schema, and each statement made once, mean something to PostgreSQL."""
    typed = [
        prepared(f"s{number}", statement) for number, statement in enumerate(statements().values())
    ]

    assert 30 < len(typed)
    assert "" == psql("\n".join(typed))


def test_one_live_order_and_guards_hold_there_too(psql: Psql) -> None:
    """The first intent is written, the second not; nor under a halt, nor a person's hand."""
    insert = prepared("new", positions._INSERT, row_of("1"))  # noqa: SLF001 - the statement itself
    add = [
        prepared("add", intents._ADD, intent_row(an_intent("1", step=step), DUE))  # noqa: SLF001 - the statement itself
        for step in (1, 2, 3, 4)
    ]
    withdraw = "UPDATE orders SET status = 'withdrawn';"
    stop = (
        'INSERT INTO halts (id, scope, kind, reason, "by", "at", keep_working) '
        "VALUES (1, 'paper/PA1', 'stop', '', '', '', 0);"
    )

    told = psql(
        "\n".join(
            (
                insert,
                add[0],
                add[1],
                withdraw,
                add[1],
                withdraw,
                stop,
                add[2],
                "UPDATE halts SET ended_at = 'now';",
                "UPDATE positions SET managed_by = 'manual';",
                add[3],
            ),
        ),
    )

    assert [an_intent("1", step=step).client_order_id for step in (1, 2)] == told.split()


def test_attempt_is_claimed_once_there_too(psql: Psql) -> None:
    """And an attempt whose owner is dead changes hands once per epoch."""
    claim = {
        "position_id": "2",
        "due_at": "t",
        "lead": "T-10",
        "started_at": "t",
        "owner": "a",
        "late_milliseconds": 0,
        "decision": None,
        "reason": None,
        "outcome": None,
        "finished_at": None,
    }
    taken = {"position_id": "2", "due_at": "t", "seen": 1, "owner": "b"}
    told = psql(
        "\n".join(
            (
                prepared("new", positions._INSERT, row_of("2")),  # noqa: SLF001 - the statement itself
                prepared("claim", attempts._CLAIM, claim),  # noqa: SLF001 - the statement itself
                prepared("claim", attempts._CLAIM, claim),  # noqa: SLF001 - the statement itself
                prepared("take", attempts._TAKE_OVER, taken),  # noqa: SLF001 - the statement itself
                prepared("take", attempts._TAKE_OVER, taken),  # noqa: SLF001 - the statement itself
            ),
        ),
    )

    assert ["2", "2"] == told.split()  # the position that was claimed, and the new epoch

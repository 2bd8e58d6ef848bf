"""The rules of the house that no linter knows."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
SOURCES = sorted((HOUSE / "botd").rglob("*.py"))
TESTS = sorted((HOUSE / "tests").rglob("*.py"))
NOT_NAMES = {"utils.py", "helpers.py", "common.py", "manager.py"}
WALL_CLOCK = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
    *("time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.sleep"),
    "asyncio.sleep",
}
# Library -> the only places that import it.
HOMES = {
    "alembic": ("ledger",),
    "apprise": ("notify",),
    "apscheduler": ("service",),
    "click": ("cli", "__main__.py"),
    "exchange_calendars": ("calendar",),
    "httpx": ("brokers", "notify"),
    "pandas": ("calendar",),
    "pytz": ("calendar/new_york.py",),
    "rich": ("cli",),
    "sqlalchemy": ("ledger",),
    "tomllib": ("settings",),
}
# Files that hand an unknown error from one task or thread to the one that waits for it.
HANDS_ON = {"botd/engine/loop.py", "botd/ledger/writer.py", "botd/service/daemon.py"}


def name_of(path: Path) -> str:
    return str(path.relative_to(HOUSE))


def calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def over_long_functions(path: Path) -> list[str]:
    found = functions(ast.parse(path.read_text()))
    spans = {node.name: (node.end_lineno or node.lineno) - node.lineno + 1 for node in found}
    return [f"{name_of(path)} {name}: {lines}" for name, lines in spans.items() if lines > 60]


@pytest.mark.parametrize(
    ("most", "paths"),
    [
        pytest.param(400, SOURCES, id="code is split by step of the flow"),
        pytest.param(700, TESTS, id="a table of rows may run longer"),
    ],
)
def test_files_are_short(most: int, paths: list[Path]) -> None:
    """Nobody reads a file that doesn't end."""
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in paths}

    assert {} == {name: lines for name, lines in lengths.items() if lines > most}


def test_no_function_is_over_60_lines() -> None:
    """A function fits on a screen."""
    assert [] == [long for path in SOURCES + TESTS for long in over_long_functions(path)]


def test_no_file_is_named_after_nothing() -> None:
    """No file takes what nobody finds a place for."""
    assert [] == [name_of(path) for path in SOURCES + TESTS if path.name in NOT_NAMES]


def test_only_the_clock_reads_the_time() -> None:
    """Time comes in as an argument, or a replay and a test could not set it."""
    readers = {
        name_of(path): sorted(read)
        for path in SOURCES
        if (read := WALL_CLOCK.intersection(calls(ast.parse(path.read_text()))))
    }

    assert {"botd/clock.py"} == readers.keys()


def test_every_library_has_one_home() -> None:
    """What only one place imports can be replaced in one place."""
    strays = [
        f"{name_of(path)} imports {library}"
        for path in SOURCES
        for library in {module.partition(".")[0] for module in imports(ast.parse(path.read_text()))}
        if not name_of(path).startswith(tuple(f"botd/{home}" for home in HOMES.get(library, ("",))))
    ]

    assert [] == strays


def test_the_engine_waits_through_the_clock() -> None:
    """In simulated time there is no other way to wait."""
    engine = [path for path in SOURCES if name_of(path).startswith("botd/engine/")]
    own_waits = {"asyncio.wait_for", "asyncio.timeout", "asyncio.timeout_at"}
    strays = [
        f"{name_of(path)}: {call}"
        for path in engine
        for call in calls(ast.parse(path.read_text()))
        if call in own_waits or call.endswith((".call_later", ".call_at"))
    ]

    assert [] == strays


def test_nothing_unknown_is_swallowed() -> None:
    """Who catches everything raises it again, or is known to hand it to who waits for it."""
    handlers = {
        name_of(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and not isinstance(node.body[-1], ast.Raise)
    }

    assert handlers <= HANDS_ON


def test_every_test_tells_what_it_shows() -> None:
    """Each test has a docstring: one sentence of behaviour."""
    silent = [
        f"{name_of(path)} {node.name}"
        for path in TESTS
        for node in functions(ast.parse(path.read_text()))
        if node.name.startswith("test_") and not ast.get_docstring(node)
    ]

    assert [] == silent


@pytest.mark.parametrize(
    ("expected", "mark"),
    [
        pytest.param(("requirements.lock", ".venv/bin/botd replay"), "run", id="run"),
        pytest.param(("requirements-dev.lock", ".venv/bin/python -m pytest"), "tests", id="tests"),
    ],
)
def test_the_readme_has_its_two_commands(expected: tuple[str, str], mark: str) -> None:
    """Each is one line to paste; the tests of a change run the very same lines."""
    readme = (HOUSE / "README.md").read_text()
    blocks = re.findall(
        rf"^<!-- {mark} -->\n+```\w*\n(.*?)\n```$", readme, re.DOTALL | re.MULTILINE
    )

    [command] = blocks

    assert "\n" not in command
    assert all(part in command for part in expected)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_are_whole(lock: str) -> None:
    """Every package has a version and hashes, and comes from no place of its own."""
    text = (HOUSE / lock).read_text()
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    loose = [entry for entry in entries if not re.match(r"\S+==\S+.*\\\n +--hash=sha256:", entry)]

    assert [] == loose
    assert not re.search(r"://|--index|--find-links|--extra", text)


def test_the_lock_holds_what_is_declared() -> None:
    """Whatever pyproject.toml asks for, the locks pin, the build's own tools too."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())
    wanted = [
        *project["project"]["dependencies"],
        *project["dependency-groups"]["build"],
        *project["build-system"]["requires"],
    ]
    names = {re.split(r"[<>=]", requirement)[0].lower() for requirement in wanted}
    locked = re.findall(
        r"^([a-z0-9.-]+)==", (HOUSE / "requirements.lock").read_text(), re.MULTILINE
    )

    assert names <= set(locked)

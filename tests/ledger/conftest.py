from collections.abc import Iterator
from pathlib import Path

import pytest

from botd.ledger import Ledger, open_ledger


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    opened = open_ledger("sqlite://", threaded=False)
    yield opened
    opened.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "botd.sqlite3"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"

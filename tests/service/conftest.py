from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.house import House, house_in


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    yield from house_in(tmp_path, capsys)

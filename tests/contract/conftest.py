"""The stands, one after the other, each with its broker closed afterwards."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.needs import can_be_asked, is_card
from tests.contract.stand import Stand
from tests.contract.stands import STANDS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask a card of every stand whose product has what it needs; `test_lacks` asks the others."""
    name = metafunc.function.__name__
    if "stand" in metafunc.fixturenames and is_card(name):
        asked = [each for each, kind in STANDS.items() if can_be_asked(name, kind.product)]
        metafunc.parametrize("stand", asked, indirect=True)


@pytest.fixture
async def stand(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stand]:
    made = STANDS[request.param](tmp_path)
    yield made
    await made.broker.aclose()

"""The stands, one after the other, each with its broker closed afterwards."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.stand import Stand
from tests.contract.stands import STANDS


@pytest.fixture(params=STANDS)
async def stand(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stand]:
    made = STANDS[request.param](tmp_path)
    yield made
    await made.broker.aclose()

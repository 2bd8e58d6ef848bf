from collections.abc import Iterator

import pytest

from tests.notify.loopback import Receiver, receiver


@pytest.fixture
def http() -> Iterator[Receiver]:
    with receiver() as running:
        yield running

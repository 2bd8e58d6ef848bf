"""How several parts end as one."""

import pytest

from botd.engine.attempt import Ending
from botd.engine.closing import together


@pytest.mark.parametrize(
    ("endings", "expected"),
    [
        pytest.param([Ending.FILLED, Ending.FILLED], Ending.FILLED, id="all filled"),
        pytest.param([Ending.FILLED, Ending.UNFILLED], Ending.PARTIAL, id="one of two"),
        pytest.param([Ending.PARTIAL, Ending.UNFILLED], Ending.PARTIAL, id="a part of one"),
        pytest.param([Ending.UNFILLED, Ending.NONE], Ending.UNFILLED, id="none filled"),
        pytest.param([Ending.NONE, Ending.NONE], Ending.NONE, id="none sent"),
        pytest.param([Ending.FILLED, Ending.REFUSED], Ending.REFUSED, id="refused"),
        pytest.param([Ending.FILLED, Ending.UNKNOWN], Ending.UNKNOWN, id="unknown"),
    ],
)
def test_together(endings: list[Ending], expected: Ending) -> None:
    """The gravest names them all."""
    assert expected is together(endings)

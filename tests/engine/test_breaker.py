"""Three ambiguous answers in a row."""

import pytest

from botd.engine.breaker import Breaker


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param("??", False, id="two are bad luck"),
        pytest.param("???", True, id="three open it"),
        pytest.param("??.??", False, id="a clear one between starts again"),
        pytest.param("???.", False, id="a clear one closes it"),
    ],
)
def test_is_open(answers: str, *, expected: bool) -> None:
    """It counts what comes in a row."""
    breaker = Breaker()
    for answer in answers:
        if answer == "?":
            breaker.record_ambiguous()
        else:
            breaker.record_clear()

    assert expected is breaker.is_open

"""What is asked: what closes names its account and its instrument, or cannot be made."""

import ast
import inspect
import re
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.brokers import crosstrade
from botd.brokers.crosstrade import asks
from botd.brokers.crosstrade.asks import Asked

PACKAGE = sorted(Path(inspect.getfile(crosstrade)).parent.glob("*.py"))
CLOSE = "/v1/api/accounts/Sim101/positions/close"


@pytest.mark.parametrize(
    ("expected", "asked"),
    [
        pytest.param(
            Asked("GetAccount", {"account": "Sim101"}, "GET", "/v1/api/accounts/Sim101"),
            asks.account("Sim101"),
            id="an account",
        ),
        pytest.param(
            Asked(
                "GetAllPositions",
                {"includeFlat": False},
                "GET",
                "/v1/api/positions",
                (("includeFlat", "false"),),
            ),
            asks.positions(),
            id="all positions",
        ),
        pytest.param(
            Asked(
                "ClosePosition",
                {"account": "Sim101", "instrument": "ES 12-25"},
                "POST",
                CLOSE,
                body={"instrument": "ES 12-25"},
            ),
            asks.close("Sim101", "ES 12-25"),
            id="all of it",
        ),
        pytest.param(
            Asked(
                "ClosePosition",
                {"account": "Sim101", "instrument": "ES 12-25", "quantity": 1},
                "POST",
                CLOSE,
                body={"instrument": "ES 12-25", "quantity": 1},
            ),
            asks.close("Sim101", "ES 12-25", quantity=1),
            id="a number of contracts",
        ),
        pytest.param(
            Asked(
                "ClosePosition",
                {"account": "Sim101", "instrument": "ES 12-25", "percent": 0.25},
                "POST",
                CLOSE,
                body={"instrument": "ES 12-25", "percent": 0.25},
            ),
            asks.close("Sim101", "ES 12-25", percent=Decimal("0.25")),
            id="a fraction",
        ),
    ],
)
def test_what_is_asked(expected: Asked, asked: Asked) -> None:
    """Each row is one call, in both of its forms."""
    assert expected == asked


def test_names_are_quoted_in_a_path() -> None:
    """An account's name may hold what a path reads as its own."""
    asked = asks.close("Apex/1 #2?", "ES 12-25")

    assert "/v1/api/accounts/Apex%2F1%20%232%3F/positions/close" == asked.path
    assert "Apex/1 #2?" == asked.args["account"]


@pytest.mark.parametrize(
    ("quantity", "percent"),
    [
        pytest.param(0, None, id="no contract"),
        pytest.param(-1, None, id="less than none"),
        pytest.param(None, Decimal(0), id="no part"),
        pytest.param(None, Decimal("1.01"), id="more than all"),
        pytest.param(None, Decimal(25), id="a percentage, where a fraction is meant"),
        pytest.param(1, Decimal("0.5"), id="two amounts"),
    ],
)
def test_amounts_that_are_none(quantity: int | None, percent: Decimal | None) -> None:
    """Each row would be read by the broker in a way of its own."""
    with pytest.raises(ValueError, match=r"none|fraction|percent"):
        asks.close("Sim101", "ES 12-25", quantity=quantity, percent=percent)


@given(
    account=st.text(max_size=5),
    instrument=st.text(max_size=5),
    quantity=st.none() | st.integers(-2, 9),
    percent=st.none() | st.decimals(-2, 2),
)
def test_no_close_without_account_and_instrument(
    account: str, instrument: str, quantity: int | None, percent: Decimal | None
) -> None:
    """Whatever is put in, both stand in what comes out, or nothing does."""
    try:
        asked = asks.close(account, instrument, quantity=quantity, percent=percent)
    except (ValueError, ArithmeticError):
        return

    assert (account, instrument) == (asked.args["account"], asked.args["instrument"])
    assert asked.body is not None
    assert instrument == asked.body["instrument"]
    assert account.strip()
    assert instrument.strip()
    assert f"/accounts/{quote(account, safe='')}/positions/close" in asked.path


@pytest.mark.parametrize("name", ["", " ", "\t"])
def test_an_empty_name_is_none(name: str) -> None:
    """Neither an account nor an instrument is called so."""
    with pytest.raises(ValueError, match="have a name"):
        asks.close(name, "ES 12-25", quantity=1)
    with pytest.raises(ValueError, match="have a name"):
        asks.close("Sim101", name, quantity=1)


def test_nothing_else_is_ever_asked() -> None:
    """Calls are made in one file; one of them changes anything, and none of them flattens."""
    makers = {
        path.name
        for path in PACKAGE
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Asked")
    }
    words = [
        node.value
        for path in PACKAGE
        for tree in [ast.parse(path.read_text())]
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]

    assert {"asks.py"} == makers
    assert 1 == words.count("POST")
    assert [] == [word for word in words if re.fullmatch(r"Flatten\w*|.*/flatten", word)]

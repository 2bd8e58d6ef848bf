import pytest

from botd.cli.output import Line
from botd.cli.tables import Column, flow, length, table


def text(lines: list[Line]) -> list[str]:
    """Give lines without their styles."""
    return ["".join(part for part, _ in line).rstrip() for line in lines]


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        pytest.param(None, ["one two   three   four"], id="as long as it takes"),
        pytest.param(22, ["one two   three   four"], id="it just fits"),
        pytest.param(21, ["one two   three", "four"], id="parted between chunks"),
        pytest.param(6, ["one", "two", "three", "four"], id="parted between words"),
    ],
)
def test_flow(width: int | None, expected: list[str]) -> None:
    """Chunks stay whole where they can, words always."""
    assert expected == text(flow((("one two", ""), ("three", ""), ("four", "bold")), width))


def test_a_table_takes_its_natural_width() -> None:
    """Columns are as wide as their longest cell, numbers stand at the right."""
    lines = table(
        (Column("no", is_right=True), Column("name")), [("1", "KO"), ("10", ("SPY", "bold"))], None
    )

    assert ["no  name", " 1  KO", "10  SPY"] == text(lines)
    assert ("SPY", "bold") in lines[2]


def test_a_narrow_table_parts_one_column() -> None:
    """What can wrap gives way; the others keep to their lines."""
    columns = (Column(), Column(can_wrap=True), Column())
    lines = table(columns, [("1", (("closing at 0.72", ""), ("ITM 1.98 today", "")), "take 1")], 30)

    assert ["1  closing at 0.72      take 1", "   ITM 1.98 today"] == text(lines)


def test_no_column_gets_too_narrow() -> None:
    """A column keeps room for a word or two, even if the line then is too long."""
    lines = table((Column("x" * 60), Column(can_wrap=True)), [("a", "some words that wrap")], 40)

    assert "some words that" == text(lines)[1][62:]


def test_a_table_without_rows() -> None:
    """Titles stand alone."""
    assert ["no"] == text(table((Column("no"),), [], 80))


def test_length() -> None:
    """Spaces at the end of a line take no room."""
    assert 4 == length((("KO", ""), (" !   ", "")))

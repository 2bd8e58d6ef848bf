"""Tables and paragraphs of plain text, fitted to a width without breaking a word."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from botd.cli.output import Line, Span

_GAP = "  "
_NARROWEST = 16  # of a column that wraps


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    title: str = ""
    is_right: bool = False
    can_wrap: bool = False  # gives way where the screen is narrow; at most one column


Cell = str | Span | tuple[Span, ...]  # a text, a text with style, or chunks that may be parted


def table(
    columns: Sequence[Column], rows: Iterable[Sequence[Cell]], width: int | None
) -> list[Line]:
    """
    Lay out *rows* under the titles of *columns*, if any column has one.

    Where they are wider than *width*, the column that can wrap is parted: between its
    chunks first, then between words.
    """
    cells = [[_chunks(cell) for cell in row] for row in rows]
    widths = [
        max([len(column.title), *(_length(row[at]) for row in cells)])
        for at, column in enumerate(columns)
    ]
    _give_way(columns, widths, width)
    lines: list[Line] = []
    if any(column.title for column in columns):
        titles = [((column.title, "dim"),) for column in columns]
        lines += _row_lines(columns, widths, titles)
    for row in cells:
        lines += _row_lines(columns, widths, row)
    return lines


def flow(chunks: Sequence[Span], width: int | None, gap: str = "   ") -> list[Line]:
    """Set chunks one after the other, parted between chunks first, then between words."""
    lines: list[list[Span]] = [[]]
    for text, style in chunks:
        for piece in _pieces(text, width):
            used = sum(len(span[0]) for span in lines[-1])
            if used and (width is None or used + len(gap) + len(piece) <= width):
                lines[-1] += [(gap, ""), (piece, style)]
            elif used:
                lines.append([(piece, style)])
            else:
                lines[-1].append((piece, style))
    return [tuple(line) for line in lines]


def length(line: Line) -> int:
    """Count the columns that a line takes, without the spaces at its end."""
    return len("".join(text for text, _ in line).rstrip())


def _pieces(text: str, width: int | None) -> list[str]:
    if width is None or len(text) <= width:
        return [text]
    return textwrap.wrap(text, width, break_on_hyphens=False)


def _chunks(cell: Cell) -> tuple[Span, ...]:
    if isinstance(cell, str):
        return ((cell, ""),)
    if cell and isinstance(cell[0], str):
        text, style = cell
        return ((str(text), str(style)),)
    return tuple((str(text), str(style)) for text, style in cell if text)


def _length(chunks: tuple[Span, ...]) -> int:
    return sum(len(text) for text, _ in chunks) + len(_GAP) * max(len(chunks) - 1, 0)


def _give_way(columns: Sequence[Column], widths: list[int], width: int | None) -> None:
    if width is None:
        return
    too_much = sum(widths) + len(_GAP) * (len(widths) - 1) - width
    for at, column in enumerate(columns):
        if column.can_wrap and too_much > 0:
            widths[at] = max(widths[at] - too_much, _NARROWEST)


def _row_lines(
    columns: Sequence[Column], widths: Sequence[int], row: Sequence[tuple[Span, ...]]
) -> list[Line]:
    flowed = [
        flow(cell, width, _GAP) if column.can_wrap else [_joined(cell)]
        for column, width, cell in zip(columns, widths, row, strict=True)
    ]
    height = max(len(lines) for lines in flowed)
    return [
        _beside(columns, widths, [lines[at] if at < len(lines) else () for lines in flowed])
        for at in range(height)
    ]


def _joined(cell: tuple[Span, ...]) -> Line:
    return tuple(flow(cell, None, _GAP)[0])


def _beside(columns: Sequence[Column], widths: Sequence[int], parts: Sequence[Line]) -> Line:
    line: list[Span] = []
    for at, (column, width, part) in enumerate(zip(columns, widths, parts, strict=True)):
        space = " " * (width - sum(len(text) for text, _ in part))
        line += [(_GAP, "")] if at else []
        line += [(space, ""), *part] if column.is_right else [*part, (space, "")]
    return tuple(line)

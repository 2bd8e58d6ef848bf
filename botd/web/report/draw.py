"""The few SVG shapes that the report's pictures are made of."""

from collections.abc import Iterable

from botd.web.report.markup import Child, Element, make

_LETTER = 0.6  # of the font size: about the mean width of a letter or digit


def picture(width: int, height: int, label: str, *shapes: Child, class_: str = "") -> Element:
    """Make an SVG picture that scales with its column; *label* is read out for it."""
    return make(
        "svg",
        *shapes,
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label=label,
        class_=class_ or None,
    )


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Element:
    """Draw a straight line."""
    return make("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def words(
    x: float, y: float, text: str, *, anchor: str | None = None, class_: str | None = None
) -> Element:
    """Write text with its baseline at *y*; *anchor* is start (None), middle or end."""
    return make("text", text, x=x, y=y, text_anchor=anchor, class_=class_)


def box(left: float, top: float, width: float, height: float, class_: str) -> Element:
    """Draw a rectangle."""
    return make("rect", x=left, y=top, width=width, height=height, class_=class_)


def dot(x: float, y: float, radius: float, class_: str) -> Element:
    """Draw a disc."""
    return make("circle", cx=x, cy=y, r=radius, class_=class_)


def cross(x: float, y: float, reach: float, class_: str) -> Element:
    """Draw an x."""
    return path(
        (
            (x - reach, y - reach, x + reach, y + reach),
            (x - reach, y + reach, x + reach, y - reach),
        ),
        class_,
    )


def diamond(x: float, y: float, reach: float, class_: str) -> Element:
    """Draw a diamond."""
    corners = (x, y - reach, x + reach, y, x, y + reach, x - reach, y, x, y - reach)
    return path((corners,), class_)


def path(strokes: Iterable[tuple[float, ...]], class_: str) -> Element:
    """Draw polylines, each given as x, y, x, y ..."""
    return make("path", d="".join(_stroke(points) for points in strokes), class_=class_)


def _stroke(points: tuple[float, ...]) -> str:
    numbers = [f"{number:.1f}".removesuffix(".0") for number in points]
    pairs = [f"{x} {y}" for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
    return f"M{'L'.join(pairs)}"


def width_of(text: str, font_size: float) -> float:
    """Estimate how wide a text is drawn, in pixels; generous for figures."""
    return len(text) * font_size * _LETTER

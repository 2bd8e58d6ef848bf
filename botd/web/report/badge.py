"""The small labels that show how a position stands."""

from botd.web.report.markup import Element, make
from botd.web.report.standing import Standing, Tone


def badge(mark: str, label: str, tone: Tone) -> Element:
    """Show a mark, as on the board, and a name."""
    return make("span", make("b", mark), f" {label}", class_=f"badge {tone.value}")


def standing_badge(standing: Standing) -> Element:
    """Show how one position stands."""
    return badge(standing.mark, standing.label, standing.tone)

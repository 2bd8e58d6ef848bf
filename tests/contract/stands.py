"""Every adapter that the suite asks; one line each."""

from collections.abc import Callable
from pathlib import Path

from tests.contract.paper_stand import PaperStand
from tests.contract.stand import Stand

STANDS: dict[str, Callable[[Path], Stand]] = {
    "paper": PaperStand,
}

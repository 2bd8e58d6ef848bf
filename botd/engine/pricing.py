"""What one lot's order asks at this moment: quotes, spot and cap read anew for each step."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from botd.domain import ladder
from botd.domain.bot import Pricing
from botd.domain.cap import Cap
from botd.domain.contract import Leg
from botd.domain.correction import corrected
from botd.domain.decide import Case
from botd.domain.decision import Close, Reason
from botd.domain.ladder import LadderPlan
from botd.domain.moneyness import assess
from botd.domain.quote import MarketView
from botd.engine.desk import Desk


@dataclass(frozen=True, slots=True)
class Ask:
    """A price that may be sent: per share toward the account; None: a market order."""

    net_price: Decimal | None
    cap: Decimal | None  # by which it is justified


@dataclass(slots=True)
class Pricer:
    """Prices the closing of one lot's legs, step by step."""

    desk: Desk
    case: Case
    close: Close
    pricing: Pricing
    notes: list[str] = field(default_factory=list)
    previous: Decimal | None = None  # the price last asked
    refused: Decimal | None = None  # a price that the broker complained of

    async def ask(self, plan: LadderPlan, index: int) -> Ask | None:
        """Price step *index* now; None: no price can be justified."""
        view = await self.desk.feed.view()
        spot = self._spot(view)
        cap = self._cap(view, spot)
        step = self._step(plan, index, view, spot, cap)
        if step.net_price is not None and self.refused is not None:
            step = self._corrected(step, step.net_price, self.refused, cap)
        self.notes.extend(note for note in step.notes if note not in self.notes)
        if step.net_price is None and not step.is_market:
            return None
        return Ask(step.net_price, cap.net_price)

    def _corrected(
        self, step: ladder.PriceStep, net_price: Decimal, refused: Decimal, cap: Cap
    ) -> ladder.PriceStep:
        other = corrected(net_price, refused=refused, cap=cap.net_price, legs_held=self.close.legs)
        note = f"not {refused}, of which the broker complained"
        return replace(step, net_price=other, notes=(*step.notes, note))

    def _spot(self, view: MarketView) -> Decimal | None:
        """Find the spot of this moment; the decision's own may be minutes old."""
        judged = assess(self.close.legs, view, self.case.rules, self.case.session)
        return next((leg.spot for leg in judged if leg.spot is not None), None)

    def _step(
        self,
        plan: LadderPlan,
        index: int,
        view: MarketView,
        spot: Decimal | None,
        cap: Cap,
    ) -> ladder.PriceStep:
        return ladder.price(
            self.desk.terms.on_tick(self.close.legs),
            plan,
            index,
            quotes=view.quotes,
            spot=spot,
            cap=cap,
            pricing=self.pricing,
            now=self.desk.now(),
            session=self.case.session,
            previous=self.previous,
        )

    def _cap(self, view: MarketView, spot: Decimal | None) -> Cap:
        return ladder.cap_for(
            self.close.legs,
            spot=spot,
            quotes=view.quotes,
            pricing=self.pricing,
            session=self.case.session,
            now=self.desk.now(),
            beside=self._beside(),
        )

    def _beside(self) -> tuple[Leg, ...]:
        """Give the legs that stay; those of a broken spread may have gone, and bound nothing."""
        if self.close.reason is Reason.BROKEN_SPREAD:
            return ()
        return tuple(leg for leg in self.case.lot.legs if leg not in self.close.legs)

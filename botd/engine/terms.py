"""What the broker says of the contracts that are held, where our tables only presume."""

from dataclasses import dataclass, field, replace

from botd.brokers.port import ContractTerms
from botd.domain.contract import Leg, OptionContract, TickRule, option_legs
from botd.domain.position import Position


@dataclass(slots=True)
class KnownTerms:
    """The terms read so far, by compact symbol."""

    known: dict[str, ContractTerms] = field(default_factory=dict)

    def on_tick(self, legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
        """Give *legs* with the price steps that the broker told of; SPX keeps its own."""
        return tuple(self._on_tick(leg) for leg in legs)

    def _on_tick(self, leg: Leg) -> Leg:
        contract, told = leg.instrument, self.known.get(leg.symbol)
        if not isinstance(contract, OptionContract) or told is None or told.tick_rule is None:
            return leg
        if contract.spec.tick_rule is TickRule.SPX:
            return leg
        spec = replace(contract.spec, tick_rule=told.tick_rule)
        return Leg(replace(contract, spec=spec), leg.quantity)

    def misfits(self, position: Position) -> tuple[str, ...]:
        """Name what the broker says otherwise than we count, for a person."""
        found = []
        for contract, _ in option_legs(position.legs):
            told = self.known.get(contract.symbol)
            if told is None:
                continue
            if told.multiplier not in {None, contract.multiplier}:
                found.append(
                    f"{contract.symbol}: the broker's multiplier is {told.multiplier}, "
                    f"not {contract.multiplier}"
                )
            if told.is_tradable is False:
                found.append(f"{contract.symbol}: the broker says that it cannot be traded")
        return tuple(found)

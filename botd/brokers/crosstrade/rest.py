"""CrossTrade over REST."""

from botd.brokers.crosstrade.answers import Told
from botd.brokers.crosstrade.asks import Asked
from botd.brokers.transport.answer import Lane
from botd.brokers.transport.dates import http_date
from botd.brokers.transport.door import HttpDoor
from botd.brokers.transport.fields import Unreadable, parse_json
from botd.errors import OutcomeUnknown

_ADD_ON = "408 means that NinjaTrader 8 does not run, or its add-on is not connected"


class RestLine:
    """One call, one request."""

    def __init__(self, door: HttpDoor) -> None:
        """Ask through *door*."""
        self._door = door

    async def ask(self, asked: Asked, lane: Lane) -> Told:
        """
        Send one call and give its answer.

        Raises:
            BrokerUnavailable: it was not sent, or is definitely not taken.
            OutcomeUnknown: it may have been taken; also where NinjaTrader is not there (408).
        """
        try:
            answer = await self._door.ask(
                asked.method, asked.path, lane=lane, params=asked.params, json=asked.body
            )
        except OutcomeUnknown as error:
            raise OutcomeUnknown(f"{error}; {_ADD_ON}") from error
        at = http_date(answer.headers.get("date", ""))
        try:
            body = parse_json(answer.body)
        except Unreadable:
            body = None
        return Told(body, answer.words, answer.status, at)

    async def aclose(self) -> None:
        """Let go of all connections."""
        await self._door.aclose()

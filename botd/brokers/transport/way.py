"""
Connections that a caller may leave at any time.

httpcore 1.0 keeps the place of a request that is cancelled while it connects: after a few
such requests its pool is full for ever. So connections on which somebody was cancelled take
no new request; they are closed when their last user has gone.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from ssl import SSLContext

import httpx


@dataclass(slots=True, eq=False)
class _Lent:
    carrier: httpx.AsyncBaseTransport
    users: int = 0


class Way:
    """How requests of one kind travel. Proxies of the environment are not used."""

    def __init__(self, given: httpx.AsyncBaseTransport | None) -> None:
        """Begin; *given* carries in place of real connections."""
        self._given = given
        self._current = _Lent(given or _connections())
        self._left: list[_Lent] = []  # take no new request, and still carry some

    @asynccontextmanager
    async def lent(self) -> AsyncGenerator[httpx.AsyncBaseTransport, None]:
        """Lend what carries one request, up to the last byte of its answer."""
        lent = self._current
        lent.users += 1
        try:
            yield lent.carrier
        except asyncio.CancelledError:
            if self._given is None and self._current is lent:
                self._current = _Lent(_connections())
                self._left.append(lent)
            raise
        finally:
            lent.users -= 1
            if not lent.users and lent in self._left:
                self._left.remove(lent)
                await lent.carrier.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        for lent in (*self._left, self._current):
            await lent.carrier.aclose()


@lru_cache(maxsize=1)
def _trust() -> SSLContext:
    """Make the TLS settings once: it takes some 20 ms."""
    return httpx.create_ssl_context(verify=True, trust_env=False)


def _connections() -> httpx.AsyncBaseTransport:
    limits = httpx.Limits(max_connections=8, max_keepalive_connections=4, keepalive_expiry=20.0)
    return httpx.AsyncHTTPTransport(
        verify=_trust(), trust_env=False, http1=True, http2=False, limits=limits, retries=0
    )

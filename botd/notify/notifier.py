"""Starts the child process that talks to the channels, and bounds it."""

import asyncio
import json
import os
import signal
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

from botd.clock import Clock
from botd.errors import ConfigError
from botd.notify.message import Delivery, Message, Secret
from botd.notify.redact import redact, scheme_of

_PATIENCE = timedelta(seconds=20)  # for all channels together
# What a child may know of the daemon's environment: where programs, certificates and
# proxies are. Brokers' credentials stay out of it.
_ENVIRONMENT = (
    "PATH",
    "LANG",
    "TZ",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
)


@dataclass(slots=True)
class _Answers:
    """What the child has said so far; kept when it has to be ended."""

    errors: dict[int, str | None] = field(default_factory=dict)  # by channel; None: taken
    last_words: str = ""  # of its standard error


class Notifier:
    """
    The channels of the configuration, each call in a process of its own.

    No call raises for a channel's sake, none takes longer than *patience* (and a
    moment to end the child), and no error text holds a part of a URL.
    """

    def __init__(
        self,
        urls: Sequence[Secret],
        heartbeat_url: Secret | None,
        clock: Clock,
        *,
        patience: timedelta = _PATIENCE,
        python: str = sys.executable,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._urls = tuple(urls)
        self._heartbeat_url = heartbeat_url
        self._clock = clock
        self._patience = patience
        self._command = (python, "-I", "-m", "botd.notify.child")
        self._environ = {name: environ[name] for name in _ENVIRONMENT if name in environ}

    async def deliver(self, message: Message, *, skip: frozenset[int] = frozenset()) -> Delivery:
        """
        Hand *message* to every channel but those in *skip* (numbers from 0).

        Without a channel it is not delivered: nobody was told.
        """
        if not self._urls:
            return Delivery(ok=False, error="no notification channel is configured")
        text = {"title": message.title, "body": message.body, "level": message.level.value}
        channels = {n: url for n, url in enumerate(self._urls) if n not in skip}
        return await self._ask({"do": "deliver", **text}, channels)

    async def check(self) -> Delivery:
        """Say whether the library can read every URL. Sends nothing."""
        return await self._ask({"do": "check"}, dict(enumerate(self._urls)))

    async def ping(self) -> Delivery:
        """Get the heartbeat URL once; without one nothing is sent, and all is well."""
        if self._heartbeat_url is None:
            return Delivery(ok=True)
        return await self._ask({"do": "ping"}, {0: self._heartbeat_url})

    async def _ask(self, request: dict[str, Any], channels: Mapping[int, Secret]) -> Delivery:
        urls, faults = _reveal(channels)
        if urls:
            order = tuple(urls)
            asked = {"urls": [*urls.values()], "seconds": self._patience.total_seconds()}
            answers, silence = await self._run_child(json.dumps({**request, **asked}).encode())
            for place, channel in enumerate(order):
                fault = answers.errors.get(place, silence)
                if fault is not None:
                    faults[channel] = f"({scheme_of(urls[channel])}): {fault}"
        told = (f"channel {n + 1} {redact(faults[n], urls.values())}" for n in sorted(faults))
        taken = frozenset(channels.keys() - faults.keys())
        return Delivery(ok=not faults, error="; ".join(told) or None, taken=taken)

    async def _run_child(self, document: bytes) -> tuple[_Answers, str]:
        """Give the answers, and what is to be said of a channel that has none."""
        answers = _Answers()
        until = self._clock.now() + self._patience
        try:
            # A session of its own: Ctrl-C at the terminal is the daemon's business.
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=self._environ,
                start_new_session=True,
            )
        except OSError as fault:
            return answers, f"the child process does not start: {fault}"
        try:
            await self._clock.within(_converse(process, document, answers), until)
        except TimeoutError:
            return answers, f"no answer within {self._patience.total_seconds():g} s"
        finally:
            await _end(process)
        return answers, answers.last_words or f"the child ended with {process.returncode}"


def _reveal(channels: Mapping[int, Secret]) -> tuple[dict[int, str], dict[int, str]]:
    """Give the URLs that can be had, and why the others cannot."""
    urls: dict[int, str] = {}
    faults: dict[int, str] = {}
    for number, secret in channels.items():
        try:
            urls[number] = secret.reveal()
        except ConfigError as fault:
            faults[number] = f"has no URL: {fault}"
    return urls, faults


async def _converse(process: Process, document: bytes, answers: _Answers) -> None:
    # Created with PIPE, so all three are there. Written and read at once: none can fill up.
    await asyncio.gather(
        _write(cast("StreamWriter", process.stdin), document),
        _read_answers(cast("StreamReader", process.stdout), answers),
        _read_words(cast("StreamReader", process.stderr), answers),
    )
    await process.wait()


async def _write(stdin: StreamWriter, document: bytes) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):  # its end is told by its silence
        stdin.write(document)
        await stdin.drain()
    stdin.close()


async def _read_answers(stdout: StreamReader, answers: _Answers) -> None:
    async for line in stdout:
        answer = json.loads(line)
        answers.errors[answer["channel"]] = answer["error"]


async def _read_words(stderr: StreamReader, answers: _Answers) -> None:
    async for line in stderr:
        answers.last_words = line.decode(errors="replace").strip() or answers.last_words


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # and whatever it has started
    await process.wait()

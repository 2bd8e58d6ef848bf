"""
The child process that talks to the channels: `python -I -m botd.notify.child`.

It reads one JSON document from standard input and answers with JSON lines, one as
soon as each channel is done:

    {"do": "deliver", "urls": [...], "title", "body", "level", "seconds"}
    {"do": "ping", "urls": [url], "seconds"}       GET, any 2xx or 3xx is well
    {"do": "check", "urls": [...], "seconds"}      reads the URLs, sends nothing

    {"channel": 0, "error": null}                  null: it took the message

A slow channel, a leak or a crash of the library ends here and never in the daemon.
URLs come by standard input because arguments and environments can be read by others.
"""

import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO

from botd.notify.redact import redact

if TYPE_CHECKING:
    from apprise import Apprise

_Send = Callable[[str], str | None]  # a URL -> why it did not work
_NICENESS = 10  # the daemon's own work goes first


def main() -> None:  # pragma: no cover - runs in the child only, under the Notifier's tests
    """Answer the one request on standard input, then end."""
    request = json.load(sys.stdin)
    # Should the daemon die, nobody is left to end this process.
    signal.setitimer(signal.ITIMER_REAL, request["seconds"] + 1)
    with suppress(OSError):  # a sandbox may forbid it
        os.nice(_NICENESS)
    answers, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no answer
    answer(request, answers)


def answer(request: dict[str, Any], answers: TextIO) -> None:
    """Ask all channels of *request* at once; write a line to *answers* as each is done."""
    urls: list[str] = request["urls"]
    send = {"deliver": _deliver, "ping": _ping, "check": _check}[request["do"]](request)
    with ThreadPoolExecutor(max_workers=len(urls)) as pool:
        for channel, url in enumerate(urls):
            done = pool.submit(send, url)
            done.add_done_callback(partial(_write_answer, answers, channel, url))


def _write_answer(answers: TextIO, channel: int, url: str, done: "Future[str | None]") -> None:
    fault = done.exception()
    error = f"{type(fault).__name__}: {fault}" if fault else done.result()
    text = None if error is None else redact(error, (url,))
    answers.write(json.dumps({"channel": channel, "error": text}) + "\n")  # one write: one line
    answers.flush()


def _deliver(request: dict[str, Any]) -> _Send:
    import apprise  # noqa: PLC0415 - a ping does without its 28 MiB

    kinds = {"info": "info", "warn": "warning", "page": "failure"}
    kind = apprise.NotifyType(kinds[request["level"]])

    def send(url: str) -> str | None:
        channel = _channel(url)
        if channel is None:
            return "the notification library does not know this kind of URL"
        result = channel.notify(
            title=request["title"],
            body=request["body"],
            notify_type=kind,
            body_format=apprise.NotifyFormat.TEXT,
            log_level=logging.WARNING,
        )
        if result:
            return None
        return " ".join(entry.message for entry in result.logs()) or "not taken"

    return send


def _check(_: dict[str, Any]) -> _Send:
    def check(url: str) -> str | None:
        if _channel(url) is None:
            return "the notification library does not know this kind of URL"
        return None

    return check


def _channel(url: str) -> "Apprise | None":
    import apprise  # noqa: PLC0415 - a ping does without its 28 MiB

    # Texts are shown as they are: no emoji for ":smile:" in a broker's words.
    channel = apprise.Apprise(asset=apprise.AppriseAsset(interpret_emojis=False))
    return channel if channel.add(url) else None


def _ping(request: dict[str, Any]) -> _Send:
    import httpx  # noqa: PLC0415 - a delivery does without it

    def send(url: str) -> str | None:
        try:
            answer = httpx.get(url, timeout=request["seconds"])
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            return f"{type(fault).__name__}: {fault}"
        return None if answer.status_code < httpx.codes.BAD_REQUEST else str(answer.status_code)

    return send


if __name__ == "__main__":
    main()

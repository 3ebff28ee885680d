"""The local server of a page: on this machine's own address, for the person who started it, until Ctrl-C."""

import errno
import os
import secrets
import socket
import sys
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp

from housegan.errors import HouseganError
from housegan.web.safety import Safety

HOST = "127.0.0.1"
_KEEP_ALIVE_S = 75
_SHUTDOWN_S = 3
_LOOK_EVERY_S = 2


def serve(app: ASGIApp, *, port: int, open_browser: bool, say: Callable[[str], None]) -> None:
    """Serve `app` to this machine's person until Ctrl-C, which is a good end; port 0 takes a free one.

    `say` gets the lines to print, the address with the token of this run first.
    """
    with listening(port) as listener:
        taken: int = listener.getsockname()[1]
        if port not in (0, taken):
            say(f"Port {port} is taken: this is on {taken}.")
        server, address = _prepared(app, taken)
        for line in invitation(address):
            say(line)
        say("Ctrl-C ends it; nothing is lost.")
        if open_browser and _has_a_screen():
            Thread(target=_open, args=[address], daemon=True).start()
        with suppress(KeyboardInterrupt):  # uvicorn ends in order, and then raises it
            server.run(sockets=[listener])


def serve_while(wanted: Callable[[], bool], app: ASGIApp, *, say: Callable[[str], None]) -> None:
    """Serve `app` at a free port as long as it is wanted, which is asked now and then; `say` gets the address."""
    with listening(0) as listener:
        server, address = _prepared(app, listener.getsockname()[1])

        async def look() -> None:
            server.should_exit = server.should_exit or not wanted()

        server.config.callback_notify, server.config.timeout_notify = look, _LOOK_EVERY_S
        say(address)
        server.run(sockets=[listener])


def invitation(address: str) -> list[str]:
    """The lines that tell a person how to open an address, from another machine too."""
    port = urlsplit(address).port
    return [
        f"Open {address}",
        f"From another machine, run there first: ssh -N -L {port}:{HOST}:{port} you@{socket.gethostname()}",
    ]


def _prepared(app: ASGIApp, port: int) -> tuple[uvicorn.Server, str]:
    """The server of a port, made safe, and the address that lets in."""
    token = secrets.token_urlsafe(32)
    config = uvicorn.Config(
        Safety(app, port=port, token=token),
        log_level="warning", access_log=False, proxy_headers=False, server_header=False, date_header=False,
        ws="none", timeout_keep_alive=_KEEP_ALIVE_S, timeout_graceful_shutdown=_SHUTDOWN_S,
    )  # fmt: skip
    return uvicorn.Server(config), f"http://{HOST}:{port}/?token={token}"


def listening(port: int) -> socket.socket:
    """Take the port, or a free one where another program has it."""
    try:
        return _bound(port)
    except OverflowError:
        raise HouseganError(f"There is no port {port}: --port takes 0 to 65535, and 0 is a free one.") from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise HouseganError(f"Port {port} can't be had ({error.strerror}): give another --port.") from None
        return _bound(0)


def _bound(port: int) -> socket.socket:
    # The protocol is named so that asyncio sees TCP and sends small answers at once, not 40 ms later.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # so that a port can be had again at once; elsewhere it would share another server's
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()
    except BaseException:
        listener.close()
        raise
    return listener


def _has_a_screen() -> bool:
    """Whether a browser would appear here; without a screen a text browser would fill the terminal."""
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return "SSH_CONNECTION" not in os.environ


def _open(address: str) -> None:
    with suppress(webbrowser.Error, OSError):
        webbrowser.open(address)

"""A server in this process on a real port, and a browser that sends exactly what it is told to."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from housegan.web.safety import Safety
from housegan.web.server import listening

TOKEN = "the-token-of-this-run"
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Browser:
    """Asks one server over one connection that stays open; sends the cookie that it was given."""

    def __init__(self, port: int, *, cookie: str = "") -> None:
        self.port, self.cookie = port, cookie
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(
        self, method: str, path: str, *headers: tuple[str, str], body: bytes | Iterable[bytes] | None = None
    ) -> Answer:
        """Send these headers, and a Host and the cookie where they have none."""
        named = {name for name, _ in headers}
        sent = [] if "host" in named else [("host", f"127.0.0.1:{self.port}")]
        sent += [] if "cookie" in named or not self.cookie else [("cookie", self.cookie)]
        self._connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in [*sent, *headers]:
            self._connection.putheader(name, value.encode())
        if isinstance(body, bytes):
            self._connection.putheader("content-length", str(len(body)))
        elif body is not None:
            self._connection.putheader("transfer-encoding", "chunked")
        with suppress(BrokenPipeError, ConnectionResetError):  # it has heard enough, and answers
            self._connection.endheaders(body, encode_chunked=not isinstance(body, bytes) and body is not None)
        response = self._connection.getresponse()
        answer = Answer(
            response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        )
        if response.will_close or response.status == 500:  # uvicorn hangs up on a fault without a word
            self._connection.close()
        return answer

    def get(self, path: str, *headers: tuple[str, str]) -> Answer:
        """GET an address."""
        return self.ask("GET", path, *headers)

    def post(self, path: str, values: object) -> Answer:
        """POST JSON, as the page does."""
        return self.ask("POST", path, *self.ours, body=json.dumps(values).encode())

    @property
    def ours(self) -> Headers:
        """The headers with which the page posts."""
        origin = ("origin", f"http://127.0.0.1:{self.port}")
        return [origin, ("content-type", "application/json"), ("x-housegan", "1")]

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@contextmanager
def served(app: ASGIApp) -> Iterator[Callable[[], Browser]]:
    """Serve an application safely in a thread; gives what makes browsers that have been let in."""
    listener = listening(0)
    port: int = listener.getsockname()[1]
    config = uvicorn.Config(Safety(app, port=port, token=TOKEN), log_level="critical", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    browsers: list[Browser] = []

    def browser() -> Browser:
        browsers.append(Browser(port, cookie=f"housegan-{port}={TOKEN}"))
        return browsers[-1]

    try:
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        yield browser
    finally:
        for one in browsers:
            one.close()
        server.should_exit = True
        thread.join()
        listener.close()

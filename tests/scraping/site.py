"""A web site on loopback, in a process of its own, that can misbehave in every way a site can.

`with Site(routes) as site:` serves `routes`, a dict from a path to a `Response` or to a function that makes one of a
`Request`. Each request is counted by its path.
"""

import asyncio
import json
import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """What was asked. Header names are in lower case; `count` is 1 for the first request of this path."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    count: int


@dataclass(frozen=True)
class Response:
    """What is answered, and what goes wrong meanwhile."""

    body: bytes | str = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0
    """Before the answer begins."""
    cut_after: int | None = None
    """Close the connection after so many bytes of the body."""
    length: int | None = None
    """What Content-Length says, right or wrong."""
    endless: bool = False
    """Go on sending the body for ever, without saying how long it is."""
    raw: bytes | None = None
    """Send this instead of any HTTP."""


Route = Response | Callable[[Request], Response]


def json_response(values: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON."""
    return Response(json.dumps(values), status, "application/json", headers or {})


def image(data: bytes, **more: Any) -> Response:
    """Answer with a picture."""
    return Response(data, content_type="image/jpeg", **more)


def redirect(to: str, *, status: int = 302) -> Response:
    """Answer that it is elsewhere."""
    return Response(status=status, headers={"Location": to})


class Site:
    """The site while it is up. `fallback` answers the paths that `routes` doesn't name, else a 404 does."""

    def __init__(
        self, routes: Mapping[str, Route], fallback: Callable[[Request], Response] | None = None, *, port: int = 0
    ) -> None:
        context = multiprocessing.get_context("fork")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(dict(routes), fallback, port, theirs), daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        self.port: int = self._ours.recv()
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.join()
        self._ours.close()

    @property
    def counts(self) -> Counter[str]:
        """How often each path was asked for."""
        counts: Counter[str] = self._asked("counts")
        return counts

    @property
    def requests(self) -> list[tuple[float, str, dict[str, str]]]:
        """The last 10,000 requests: when each came, in seconds, its path with the query, and its headers."""
        requests: list[tuple[float, str, dict[str, str]]] = self._asked("requests")
        return requests

    def most_at_once(self) -> int:
        """How many requests were under way at once, at most."""
        most: int = self._asked("most")
        return most

    def forget(self) -> None:
        """Begin to count anew."""
        self._asked("forget")

    def _asked(self, what: str) -> Any:
        self._ours.send(what)
        return self._ours.recv()


class _Server:
    def __init__(self, routes: dict[str, Route], fallback: Callable[[Request], Response] | None) -> None:
        self.routes, self.fallback = routes, fallback
        self.forget()
        self.at_once = 0

    def forget(self) -> None:
        self.counts: Counter[str] = Counter()
        self.requests: list[tuple[float, str, dict[str, str]]] = []
        self.most = 0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._answered(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass
        finally:
            writer.close()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection goes on."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        parts = urlsplit(target)
        self.counts[parts.path] += 1
        self.requests = [*self.requests[-9_999:], (asyncio.get_running_loop().time(), target, headers)]
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            asked = Request(method, parts.path, parse_qs(parts.query), headers, body, self.counts[parts.path])
            return await self._send(self._response(asked), writer)
        finally:
            self.at_once -= 1

    def _response(self, asked: Request) -> Response:
        route = self.routes.get(asked.path)
        if route is None:
            return self.fallback(asked) if self.fallback else Response("not here", 404)
        return route if isinstance(route, Response) else route(asked)

    async def _send(self, response: Response, writer: asyncio.StreamWriter) -> bool:
        if response.delay_s:
            await asyncio.sleep(response.delay_s)
        if response.raw is not None:
            writer.write(response.raw)
            await writer.drain()
            return False
        body = response.body.encode() if isinstance(response.body, str) else response.body
        lines = [f"HTTP/1.1 {response.status} Whatever", f"Content-Type: {response.content_type}"]
        if not response.endless:
            lines.append(f"Content-Length: {len(body) if response.length is None else response.length}")
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        writer.write(body[: response.cut_after])
        while response.endless:
            await writer.drain()
            writer.write(body)
        await writer.drain()
        return response.cut_after is None and response.length is None


def _serve(routes: dict[str, Route], fallback: Callable[[Request], Response] | None, port: int, pipe: Any) -> None:
    server = _Server(routes, fallback)

    def talk() -> None:
        while True:
            try:
                what = pipe.recv()
            except EOFError:
                return
            if what == "forget":
                server.forget()
            pipe.send(getattr(server, what, None) if what != "forget" else None)

    async def serve() -> None:
        listening = await asyncio.start_server(server.connected, "127.0.0.1", port, backlog=1_000)
        pipe.send(listening.sockets[0].getsockname()[1])
        threading.Thread(target=talk, daemon=True).start()
        async with listening:
            await listening.serve_forever()

    asyncio.run(serve())

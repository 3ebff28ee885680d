"""Who may ask the local server, and what it lets a page do: around every application, before any routing.

Pages of strangers run in the same browser. They can send requests to 127.0.0.1, and by DNS rebinding even under a name
of theirs: so the Host is checked first, then a token that only this person was told; and what changes something must
come from our own page, as JSON, with a header that no form can send.
"""

import json
import secrets
from collections.abc import Iterator
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 1_000_000

ALWAYS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
"""Headers of every answer."""


class Refusal(Exception):  # noqa: N818 - nothing went wrong
    """An answer in place of the application's: a status and one sentence, and perhaps words of a link to `/`."""

    def __init__(self, status: int, sentence: str, *, link: str = "") -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.link = status, sentence, link


class Safety:
    """An ASGI application around another one; `token` is what lets a person in."""

    def __init__(self, app: ASGIApp, *, port: int, token: str) -> None:
        self.app, self.port = app, port
        self._hosts = [[f"127.0.0.1:{port}".encode()], [f"localhost:{port}".encode()]]
        self._cookie = f"housegan-{port}".encode()  # cookies don't know ports: two servers must not share one
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), *ALWAYS]
                if not any(name == b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"no-store"))
                message = {**message, "headers": headers}
            await send(message)

        try:
            if list(_values(scope, b"host")) not in self._hosts:
                raise Refusal(421, f"This server answers at http://127.0.0.1:{self.port}/ alone.")
            if (given := _token_in_address(scope)) is not None:
                await self._let_in(given, send_safely)
                return
            self._check(scope)
            if scope["method"] == "POST":
                receive = await _whole_body(scope, receive)
        except Refusal as refusal:
            await _refuse(refusal, scope, send_safely)
            return
        await self.app(scope, receive, send_safely)

    async def _let_in(self, given: bytes, send: Send) -> None:
        """Swap the token in the address, which others might see, for a cookie."""
        if not secrets.compare_digest(given, self._token):
            raise _stranger()
        cookie = self._cookie + b"=" + self._token + b"; HttpOnly; SameSite=Strict; Path=/"
        headers = [(b"location", b"/"), (b"set-cookie", cookie), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    def _check(self, scope: Scope) -> None:
        if not any(secrets.compare_digest(given, self._token) for given in _cookies(scope, self._cookie)):
            raise _stranger()
        if scope["method"] in ("GET", "HEAD"):
            return
        if scope["method"] != "POST":
            raise Refusal(405, "This server knows GET, HEAD and POST.")
        (host,) = _values(scope, b"host")
        if list(_values(scope, b"origin")) != [b"http://" + host]:
            raise Refusal(403, "Another page asked for this: only the server's own may.")
        kinds = [kind.partition(b";")[0].strip().lower() for kind in _values(scope, b"content-type")]
        if kinds != [b"application/json"]:
            raise Refusal(415, "Only application/json is taken here.")
        if list(_values(scope, b"x-housegan")) != [b"1"]:
            raise Refusal(403, "The header X-Housegan is missing, which the server's own page sends.")


def _stranger() -> Refusal:
    return Refusal(
        403,
        "Open the address that the command printed in its terminal, the one with the token: each run has another.",
        link="If you have just done that, go on here.",
    )


def _token_in_address(scope: Scope) -> bytes | None:
    if scope["path"] != "/" or scope["method"] != "GET":
        return None
    given = parse_qs(scope["query_string"].decode("latin-1")).get("token")
    return None if given is None else given[0].encode("utf-8", "replace")


def _values(scope: Scope, name: bytes) -> Iterator[bytes]:
    return (value for key, value in scope["headers"] if key == name)


def _cookies(scope: Scope, name: bytes) -> Iterator[bytes]:
    for header in _values(scope, b"cookie"):
        for part in header.split(b";"):
            key, _, value = part.strip().partition(b"=")
            if key == name:
                yield value


async def _whole_body(scope: Scope, receive: Receive) -> Receive:
    """Read the body up to the limit, and return what the application receives it from."""
    too_long = Refusal(413, f"That is more than {MAX_BODY_BYTES:,} bytes at once.")
    length = b"".join(_values(scope, b"content-length"))
    if length.isdigit() and int(length) > MAX_BODY_BYTES:
        raise too_long
    body = bytearray()
    message: Message = {"more_body": True}
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise too_long
    if message["type"] == "http.request":
        message = {"type": "http.request", "body": bytes(body), "more_body": False}
    waiting = [message]  # the body, or that the asker left

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


async def _refuse(refusal: Refusal, scope: Scope, send: Send) -> None:
    """Say no: to a script as JSON, to a person as a page."""
    if scope["path"].startswith("/api/"):
        kind, text = b"application/json", json.dumps({"error": refusal.sentence})
    else:
        link = f' <a href="/">{refusal.link}</a>' if refusal.link else ""
        kind = b"text/html; charset=utf-8"
        text = f'<!doctype html><html lang="en"><title>housegan</title><p>{refusal.sentence}{link}</p></html>'
    body = text.encode()
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

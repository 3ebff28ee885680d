"""The local server answers nobody but its own page, and gives its page no more than it needs."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from housegan.web.safety import MAX_BODY_BYTES
from tests.web.asking import TOKEN, Browser, served

reached: list[str] = []


async def _secret(request: Request) -> Response:
    reached.append(request.method)
    return PlainTextResponse(f"secret {len(await request.body())}")


async def _picture(_: Request) -> Response:
    return Response(b"", media_type="image/webp", headers={"cache-control": "private, immutable"})


async def _broken(_: Request) -> Response:
    raise RuntimeError("a fault")


@pytest.fixture(scope="module")
def known() -> Iterator[Browser]:
    """The person's browser, which has been let in."""
    methods = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]
    routes = [Route("/", _secret), Route("/api/it", _secret, methods=methods)]
    with served(Starlette(routes=[*routes, Route("/thumb", _picture), Route("/broken", _broken)])) as browser:
        yield browser()


@pytest.fixture
def client(known: Browser) -> Browser:
    reached.clear()
    return known


@pytest.fixture
def stranger(client: Browser) -> Iterator[Browser]:
    """A browser at the same server that nobody has let in."""
    browser = Browser(client.port)
    yield browser
    browser.close()


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:80", "127.0.0.1.nip.io:{port}", "[::1]:{port}", ""],
)
@pytest.mark.parametrize("path", ["/", f"/?token={TOKEN}", "/api/it", "/nowhere"])
def test_another_host_is_refused_before_anything_else(client: Browser, host: str, path: str) -> None:
    answer = client.get(path, ("host", host.format(port=client.port)))
    assert answer.status == 421
    assert "set-cookie" not in answer.headers
    assert reached == []


def test_the_token_is_swapped_for_a_cookie_that_scripts_and_other_sites_do_not_get(stranger: Browser) -> None:
    answer = stranger.get(f"/?token={TOKEN}")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert answer.headers["set-cookie"] == f"housegan-{stranger.port}={TOKEN}; HttpOnly; SameSite=Strict; Path=/"
    assert answer.headers["cache-control"] == "no-store"
    assert reached == []
    assert stranger.get("/", ("cookie", answer.headers["set-cookie"].partition(";")[0])).text == "secret 0"


def test_localhost_is_the_same_place(client: Browser, stranger: Browser) -> None:
    here = ("host", f"localhost:{client.port}")
    assert stranger.get(f"/?token={TOKEN}", here).status == 303
    assert client.get("/", here).status == 200
    origin, *others = client.ours
    assert client.ask("POST", "/api/it", here, *others, ("origin", f"http://{here[1]}"), body=b"{}").status == 200
    assert client.ask("POST", "/api/it", here, *others, origin, body=b"{}").status == 403


@pytest.mark.parametrize(
    "path", ["/", "/?token=", "/?token=wrong", f"/?token={TOKEN}x", "/?token=%00%ff", "/?token=%C3%BC"]
)
def test_without_the_token_a_page_says_what_to_do(stranger: Browser, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status == 403
    assert "Open the address that the command printed" in answer.text
    assert '<a href="/">' in answer.text
    assert "set-cookie" not in answer.headers
    assert reached == []


@pytest.mark.parametrize(
    "cookie",
    [
        "housegan-{port}=",
        "housegan-{port}=wrong",
        "housegan-1={token}",
        "housegan={token}",
        "x-housegan-{port}={token}",
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/it", f"/api/it?token={TOKEN}", "/thumb", "/static/api.js"])
def test_everything_else_needs_the_cookie(stranger: Browser, cookie: str, path: str) -> None:
    for headers in ([], [("cookie", cookie.format(port=stranger.port, token=TOKEN))]):
        answer = stranger.get(path, *headers)
        assert answer.status == 403
        if path.startswith("/api/"):
            assert answer.json["error"].startswith("Open the address")
    assert reached == []


def test_cookies_of_other_servers_do_not_hide_ours(client: Browser) -> None:
    ours = f"housegan-{client.port}"
    cookies = f'a="; b={{"x": 1}}; {ours}=stale; =; {ours}={TOKEN}; c'
    assert client.get("/", ("cookie", cookies)).status == 200


def test_our_page_may_post(client: Browser) -> None:
    assert client.ask("POST", "/api/it", *client.ours, body=b"{}").text == "secret 2"
    origin, _, header = client.ours
    kind = ("content-type", "application/json; charset=utf-8")
    assert client.ask("POST", "/api/it", origin, kind, header, body=b"{}").status == 200


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("origin", "http://evil.example", 403),
        ("origin", "null", 403),
        ("origin", None, 403),
        ("origin", "http://127.0.0.1:1", 403),
        ("origin", "http://localhost:{port}", 403),
        ("origin", "https://127.0.0.1:{port}", 403),
        ("content-type", None, 415),
        ("content-type", "text/plain", 415),
        ("content-type", "application/x-www-form-urlencoded", 415),
        ("x-housegan", None, 403),
        ("x-housegan", "0", 403),
        ("cookie", "housegan-{port}=wrong", 403),
    ],
)
def test_a_post_of_another_page_is_refused(client: Browser, name: str, value: str | None, status: int) -> None:
    headers = [header for header in client.ours if header[0] != name]
    if value is not None:
        headers.append((name, value.format(port=client.port)))
    answer = client.ask("POST", "/api/it", *headers, body=b"{}")
    assert answer.status == status
    assert answer.json["error"]
    assert reached == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_not_known(client: Browser, method: str) -> None:
    assert client.ask(method, "/api/it", *client.ours, body=b"").status == 405
    assert reached == []


def test_no_answer_allows_other_origins_anything(client: Browser) -> None:
    asking = [
        ("origin", "http://evil.example"), ("access-control-request-method", "POST"),
        ("access-control-request-headers", "x-housegan"),
    ]  # fmt: skip
    for method in ("OPTIONS", "GET"):
        answer = client.ask(method, "/api/it", *asking)
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_body_over_a_megabyte_is_refused_whether_its_length_is_told_or_not(client: Browser) -> None:
    def in_pieces(total: int) -> Iterator[bytes]:
        return (b" " * 1000 for _ in range(total // 1000))

    def post(body: bytes | Iterator[bytes]) -> str:
        return client.ask("POST", "/api/it", *client.ours, body=body).text

    assert post(b" " * MAX_BODY_BYTES) == f"secret {MAX_BODY_BYTES}"
    assert post(in_pieces(MAX_BODY_BYTES)) == f"secret {MAX_BODY_BYTES}"
    reached.clear()
    for too_long in (b" " * (MAX_BODY_BYTES + 1), in_pieces(MAX_BODY_BYTES + 1000)):
        assert post(too_long) == '{"error": "That is more than 1,000,000 bytes at once."}'
    assert reached == []


@pytest.mark.parametrize("path", ["/", "/nowhere", "/broken", "/thumb", f"/?token={TOKEN}", "/?token=wrong"])
def test_every_answer_ties_the_page_down(client: Browser, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' blob:",
        "connect-src": "'self'", "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'",
    }  # fmt: skip
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cache-control"] == ("private, immutable" if path == "/thumb" else "no-store")


def test_the_head_of_a_refusal_has_no_body(stranger: Browser) -> None:
    answer = stranger.ask("HEAD", "/")
    assert (answer.status, answer.body) == (403, b"")

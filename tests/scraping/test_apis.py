"""The interfaces spoken by a real command to a real site on loopback: tokens, refusals, lags, fallbacks, resume."""

from pathlib import Path

import pytest
import yaml

from tests.conftest import Housegan, Picture
from tests.scraping.conftest import held
from tests.scraping.site import Request, Response, Route, Site, image, json_response

CLIENT = ("an-id", "a-secret-of-mine")


def own(request: Request, name: str) -> str:
    return f"http://{request.headers['host']}/media/{name}.jpg"


def token(request: Request) -> Response:
    if request.method != "POST" or not request.headers["authorization"].startswith("Basic "):
        return Response(status=401)
    return json_response({"access_token": f"token-{request.count}", "expires_in": 3_600})


def listing(request: Request) -> Response:
    """Refuse the first token, as if it had ended."""
    if request.headers.get("authorization") != "bearer token-2":
        return json_response({"message": "Unauthorized"}, status=401)
    posts = [
        {"name": f"t3_{name}", "title": "A house", "author": "ada", "post_hint": "image", "url": own(request, name)}
        for name in ("r1", "r2")
    ]
    children = [{"kind": "t3", "data": post} for post in posts]
    limits = {"X-Ratelimit-Remaining": "99.0", "X-Ratelimit-Reset": "300"}
    return json_response({"kind": "Listing", "data": {"after": None, "children": children}}, headers=limits)


def search(request: Request) -> Response:
    if request.count == 1:
        return Response(status=429, headers={"Retry-After": "1"})
    results = [
        {"id": "1", "url": own(request, "o1"), "license": "by", "license_version": "4.0", "creator": "Bob"},
        {"id": "2", "url": own(request, "gone"), "thumbnail": own(request, "o2"), "license": "cc0"},
    ]
    return json_response({"page_count": 1, "results": results})


def members(request: Request) -> Response:
    if request.count == 1:
        return json_response({"error": {"code": "maxlag"}}, headers={"Retry-After": "1"})
    info = {"url": own(request, "w1"), "mime": "image/jpeg", "width": 400, "height": 300, "user": "Carl"}
    return json_response({"batchcomplete": True, "query": {"pages": [{"title": "File:W.jpg", "imageinfo": [info]}]}})


def test_each_interface_is_spoken_and_a_second_run_asks_nothing_again(
    housegan: Housegan, workdir: Path, picture: Picture, monkeypatch: pytest.MonkeyPatch,
    command_environment: dict[str, str],
) -> None:  # fmt: skip
    names = ["r1", "r2", "o1", "o2", "w1", "u1"]
    routes: dict[str, Route] = {"/token": token, "/r/pics/new": listing, "/openverse/": search, "/commons": members}
    routes |= {f"/media/{name}.jpg": image(picture(seed)) for seed, name in enumerate(names)}
    for name, value in zip(("CLIENT_ID", "CLIENT_SECRET", "USERNAME"), (*CLIENT, "ada"), strict=True):
        monkeypatch.setitem(command_environment, f"HOUSEGAN_REDDIT_{name}", value)
    monkeypatch.setitem(command_environment, "HOUSEGAN_CONTACT", "ada@example.org")
    with Site(routes) as site:
        Path("list.txt").write_text(f"{site.url}/media/u1.jpg\nno address\n")
        scrape = {
            "delay_s": 0,
            "allow_private_hosts": [site.host],
            "reddit": {
                "subreddits": ["pics"], "listings": ["new"], "api_url": site.url, "token_url": f"{site.url}/token",
            },
            "openverse": {"searches": ["house"], "api_url": f"{site.url}/openverse/"},
            "wikimedia": {"categories": ["Houses"], "api_url": f"{site.url}/commons"},
            "urls": {"files": ["list.txt"]},
        }  # fmt: skip
        Path("configs/sets").mkdir(parents=True)
        Path("configs/sets/houses.yaml").write_text(yaml.safe_dump({"scrape": scrape}))
        first = housegan("scrape", "houses")
        asked = site.counts
        again = housegan("scrape", "houses")
        assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
        assert site.counts == asked
        agents = {path.partition("?")[0]: headers["user-agent"] for _, path, headers in site.requests}
    assert {Path(path).stem for path in held()} == {"r1", "r2", "o1", "gone", "w1", "u1"}
    assert (asked["/token"], asked["/r/pics/new"], asked["/openverse/"], asked["/commons"]) == (2, 2, 2, 2)
    assert agents["/r/pics/new"].endswith("(by /u/ada)")
    assert "ada@example.org" in agents["/commons"]
    written = b"".join(path.read_bytes() for path in workdir.rglob("*") if path.is_file())
    assert not any(secret in written for secret in (CLIENT[1].encode(), b"token-1", b"token-2"))

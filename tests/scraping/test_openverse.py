import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from housegan.config import OpenverseConfig, SetConfig, validated
from housegan.errors import HouseganError
from scraping.licences import licence_address, licence_name
from scraping.openverse import MAX_DEPTH, PAGE_SIZE, OpenverseSource
from scraping.source import Ask, Found, Later, Media, Reply, Skip, Wait
from tests.scraping.conftest import ODD


@pytest.fixture(autouse=True)
def anonymous(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOUSEGAN_OPENVERSE_TOKEN", raising=False)


def source(**config: Any) -> OpenverseSource:
    return OpenverseSource(OpenverseConfig(searches=("fantasy cabin",), **config))


def reply(body: Any, *, ask: Ask | None = None, status: int = 200, **headers: str) -> Reply:
    ask = ask or next(iter(asks_of(source().begin())))
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(ask, ask.url, status, {key.replace("_", "-", 3): value for key, value in headers.items()}, data)


def limits(**left: str) -> dict[str, str]:
    """Headers as Openverse sends them: `anon_burst="20/min 3"` is the rate and what is left."""
    headers: dict[str, str] = {}
    for scope, said in left.items():
        rate, _, available = said.partition(" ")
        headers |= {f"x-ratelimit-limit-{scope}": rate, f"x-ratelimit-available-{scope}": available}
    return headers


def result(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": f"id-{number}", "title": "A cabin", "creator": "Ada", "url": f"https://live.example.org/{number}.jpg",
        "thumbnail": f"https://api.openverse.org/v1/images/id-{number}/thumb/", "license": "by-sa",
        "license_version": "4.0", "license_url": "https://creativecommons.org/licenses/by-sa/4.0/",
        "foreign_landing_url": f"https://example.org/photos/{number}", "width": 1_024, "height": 768, "mature": False,
    } | more  # fmt: skip


def page(*results: Any, pages: Any = 12, number: int = 1) -> dict[str, Any]:
    return {"result_count": 240, "page_count": pages, "page_size": 20, "page": number, "results": list(results)}


def media_of(found: Iterable[Found]) -> list[Media]:
    return [one for one in found if isinstance(one, Media)]


def asks_of(found: Iterable[Found]) -> list[Ask]:
    return [one for one in found if isinstance(one, Ask)]


# What is asked


def test_a_search_asks_for_what_an_anonymous_visitor_may_have_and_for_the_licences_wanted() -> None:
    (ask,) = asks_of(source().begin())
    assert ask.url.startswith("https://api.openverse.org/v1/images/?")
    assert parse_qs(urlsplit(ask.url).query) == {
        "q": ["fantasy cabin"], "page_size": ["20"], "page": ["1"], "license": ["by,by-sa,by-nc,by-nc-sa,cc0,pdm"],
    }  # fmt: skip


def test_no_derivatives_are_left_out_unless_named() -> None:
    found = list(source().read(reply(page(result(license="by-nd"), result(2, license="by-nc-nd")))))
    assert [one for one in found if isinstance(one, Skip)] == [Skip("licence not wanted")] * 2
    wanted = source(licences=("by-nd",))
    (ask,) = asks_of(wanted.begin())
    assert parse_qs(urlsplit(ask.url).query)["license"] == ["by-nd"]
    assert len(media_of(wanted.read(reply(page(result(license="by-nd")), ask=ask)))) == 1


def test_no_licence_at_all_is_a_mistake_of_the_config() -> None:
    with pytest.raises(HouseganError, match=r"scrape\.openverse\.licences"):
        validated(SetConfig, {"scrape": {"openverse": {"licences": []}}}, (), where="x")


def test_a_token_is_sent_and_written_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    (ask,) = asks_of(source().begin())
    assert "Authorization" not in source().request(ask)[2]
    monkeypatch.setenv("HOUSEGAN_OPENVERSE_TOKEN", " abc123\n")
    asked = source()
    method, url, headers, body = asked.request(ask)
    assert (method, url, headers["Authorization"], body) == ("GET", ask.url, "Bearer abc123", b"")
    assert "abc123" not in repr([*asked.begin(), *asked.read(reply(page(result())))])
    assert asks_of(asked.begin()) == [ask]  # the depth is the same with a token, so the ask is too


def test_a_token_of_odd_signs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOUSEGAN_OPENVERSE_TOKEN", "a\r\nb: c")
    with pytest.raises(HouseganError, match="HOUSEGAN_OPENVERSE_TOKEN"):
        source()


def test_pages_are_followed_to_the_depth_that_openverse_allows() -> None:
    asked, depth = source(), 0
    (ask,) = asks_of(asked.begin())
    while True:
        found = list(asked.read(reply(page(*map(result, range(depth, depth + 20)), pages=500), ask=ask)))
        depth += len(media_of(found))
        if not (following := asks_of(found)):
            break
        (ask,) = following
        assert parse_qs(urlsplit(ask.url).query)["page"] == [str(depth // PAGE_SIZE + 1)]
    assert depth == MAX_DEPTH == 240


@pytest.mark.parametrize(("pages", "results"), [(1, 3), (12, 0), (0, 3), (None, 3), ("12", 3), (float("nan"), 3)])
def test_the_last_page_has_no_next(pages: Any, results: int) -> None:
    assert asks_of(source().read(reply(page(*map(result, range(results)), pages=pages)))) == []


def test_a_search_that_finds_nothing_is_named() -> None:
    assert list(source().read(reply(page(pages=0)))) == [Skip("nothing found for fantasy cabin")]


# What is found


def test_a_picture_has_its_maker_its_licence_and_its_page() -> None:
    (media,) = media_of(source().read(reply(page(result()))))
    assert media.urls == ("https://live.example.org/1.jpg", "https://api.openverse.org/v1/images/id-1/thumb/")
    story = media.sighting
    assert (story.source, media.key, story.post) == ("openverse", media.urls[0], "id-1")
    assert (story.title, story.author) == ("A cabin", "Ada")
    assert (story.licence, story.licence_url) == ("CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/")
    assert story.page_url == "https://example.org/photos/1"


@pytest.mark.parametrize(
    ("code", "version", "name", "address"),
    [
        ("by", "2.0", "CC BY 2.0", "https://creativecommons.org/licenses/by/2.0/"),
        ("by-nc-sa", "3.0", "CC BY-NC-SA 3.0", "https://creativecommons.org/licenses/by-nc-sa/3.0/"),
        ("cc0", "1.0", "CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("pdm", "1.0", "Public Domain Mark 1.0", "https://creativecommons.org/publicdomain/mark/1.0/"),
        ("by", "", "CC BY", ""),
        ("other", "1", "other 1", ""),
    ],
)
def test_licences_have_the_names_that_their_makers_gave_them(code: str, version: str, name: str, address: str) -> None:
    assert (licence_name(code, version), licence_address(code, version)) == (name, address)


def test_a_licence_without_an_address_gets_its_own() -> None:
    (media,) = media_of(source().read(reply(page(result(license_url=None, license="cc0", license_version="1.0")))))
    assert media.sighting.licence_url == "https://creativecommons.org/publicdomain/zero/1.0/"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"width": 200}, "too small"),
        ({"height": 255}, "too small"),
        ({"mature": True}, "nsfw"),
        ({"url": None}, "no address"),
        ({"url": "ftp://example.org/a.jpg"}, "no address"),
        ({"license": None}, "licence not wanted"),
    ],
)
def test_what_is_passed_over_has_a_reason(change: dict[str, Any], reason: str) -> None:
    assert list(source().read(reply(page(result(**change), pages=1)))) == [Skip(reason)]


def test_a_picture_of_unknown_size_is_tried() -> None:
    assert len(media_of(source().read(reply(page(result(width=None), result(2, height=0)))))) == 2


def test_a_picture_found_by_two_searches_is_yielded_once() -> None:
    asked = source()
    media = media_of([*asked.read(reply(page(result(1), result(2)))), *asked.read(reply(page(result(2), result(3))))])
    assert [one.sighting.post for one in media] == ["id-1", "id-2", "id-3"]


# Limits and refusals


@pytest.mark.parametrize(
    ("headers", "pause_s"),
    [
        (limits(anon_burst="20/min 19", anon_sustained="200/day 180"), 0),
        (limits(anon_burst="20/min 5", anon_sustained="200/day 180"), 3),
        (limits(anon_burst="20/min 0", anon_sustained="200/day 180"), 60),
        (limits(anon_burst="5/hour 1"), 720),
        (limits(anon_burst="20/min 19", anon_sustained="200/day 3"), 0),
        (limits(oauth2_client_credentials_burst="100/min 40"), 0.6),
        (limits(anon_burst="20/min 19", anon_thumbnail="150/min 0"), 0),
        (limits(anon_burst="none 0", x="/ 0", y="0/min 0", z="nan/min 0", w="20/min nan", v="20/fortnight 0"), 0),
        ({"x-ratelimit-limit-anon_burst": "20/min"}, 0),
        ({}, 0),
    ],
)
def test_limits_are_kept_to_by_the_headers(headers: dict[str, str], pause_s: float) -> None:
    answer = Reply(Ask("https://api.openverse.org/v1/images/"), "", 200, headers, b"{}")
    assert source().pause_s(answer) == pytest.approx(pause_s)


def test_too_many_requests_a_minute_are_waited_for_and_a_spent_day_is_left_to_the_next_run() -> None:
    ask = asks_of(source().begin())[0]
    busy = limits(anon_burst="20/min 0", anon_sustained="200/day 90") | {"retry-after": "41"}
    assert list(source().read(Reply(ask, ask.url, 429, busy, b""))) == [Wait(41, "openverse answers 429")]
    spent = limits(anon_burst="20/min 12", anon_sustained="200/day 0") | {"retry-after": "30000"}
    (later,) = source().read(Reply(ask, ask.url, 429, spent, b""))
    assert later == Later("openverse's quota for today is used up", whole_source=True)


def test_trouble_on_its_side_is_waited_for() -> None:
    assert list(source().read(reply(b"", status=502))) == [Wait(2, "openverse answers 502")]
    assert list(source().read(reply(b"<html>"))) == [Wait(2, "openverse answers with no JSON")]


@pytest.mark.parametrize(("token", "hint"), [("", "wants a token"), ("abc", "HOUSEGAN_OPENVERSE_TOKEN is wrong")])
@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_refused_ends_the_source_for_this_run(
    token: str, hint: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOUSEGAN_OPENVERSE_TOKEN", token)
    (later,) = source().read(reply({"detail": "no"}, status=status))
    assert isinstance(later, Later)
    assert later.whole_source
    assert hint in later.reason


def test_a_search_that_is_refused_is_passed_over() -> None:
    assert list(source().read(reply({"detail": {"q": "?"}}, status=400))) == [Skip("page answers 400")]


# Hostile answers


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:20])
def test_no_value_of_the_wrong_type_raises_or_leaves_what_can_not_be_stored(odd: Any) -> None:
    for key in result():
        found = list(source().read(reply(page(result(**{key: odd}), pages=odd))))
        assert found
        for one in media_of(found):
            one.to_json().encode()
            one.sighting.title.encode()
            assert all(url.startswith("https://") for url in one.urls)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:20])
def test_no_page_of_the_wrong_shape_raises(odd: Any) -> None:
    for body in (odd, {"results": odd}, page(odd), page(odd, odd, pages=odd)):
        assert media_of(source().read(reply(body))) == []
    ask = Ask("https://api.openverse.org/v1/images/", {"search": odd, "page": odd})
    list(source().read(reply(page(result()), ask=ask)))


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[" * 100_000, b"9" * 10_000, b'{"a":', b"\0" * 1_000])
def test_bytes_that_are_no_json_do_not_raise(body: bytes) -> None:
    for status in (200, 301, 404, 418):
        assert list(source().read(reply(body, status=status)))

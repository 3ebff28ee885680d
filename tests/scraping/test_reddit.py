import base64
import json
import struct
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from housegan import __version__
from housegan.config import RedditConfig, SetConfig, validated
from housegan.errors import HouseganError
from scraping.backoff import MAX_TRIES
from scraping.placeholders import placeholder
from scraping.reddit import MAX_PAGES, RedditSource
from scraping.source import Ask, Found, Later, Media, Reply, Skip, Wait
from tests.scraping.conftest import ODD

PAGE = Ask("https://oauth.reddit.com/r/ImaginaryDwellings/new?limit=100&raw_json=1")
TOKEN = "secret-token-2"


@pytest.fixture(autouse=True)
def client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOUSEGAN_REDDIT_CLIENT_ID", "an-id")
    monkeypatch.setenv("HOUSEGAN_REDDIT_CLIENT_SECRET", "a-secret")
    monkeypatch.setenv("HOUSEGAN_REDDIT_USERNAME", "ada")


def source(**config: Any) -> RedditSource:
    return RedditSource(RedditConfig(subreddits=("ImaginaryDwellings",), **config))


def reply(body: Any, *, ask: Ask = PAGE, status: int = 200, url: str = "", **headers: str) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(ask, url or ask.url, status, {key.replace("_", "-"): value for key, value in headers.items()}, data)


def listing(*posts: Any, after: Any = None) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"after": after, "children": [{"kind": "t3", "data": post} for post in posts]}}


def post(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "name": f"t3_{number}", "title": "A house", "author": "ada", "permalink": f"/r/x/comments/{number}/a_house/",
        "url": f"https://i.redd.it/{number}.png", "score": 7, "created_utc": 1_776_102_889.0, "over_18": False,
        "spoiler": False, "stickied": False, "is_self": False, "is_video": False, "post_hint": "image",
    } | more  # fmt: skip


def preview(url: str = "https://preview.redd.it/p.jpg?s=1") -> dict[str, Any]:
    return {"images": [{"source": {"url": url, "width": 900, "height": 600}}], "enabled": True}


def gallery(*ids: str, number: int = 1, **more: Any) -> dict[str, Any]:
    facts = {
        one: {
            "status": "valid", "e": "Image", "m": "image/jpg", "id": one,
            "s": {"x": 900, "y": 600, "u": f"https://preview.redd.it/{one}.jpg?width=900&s=1"},
        }
        for one in reversed(ids)
    }  # fmt: skip
    items = {"items": [{"media_id": one, "id": index} for index, one in enumerate(ids)]}
    return post(
        number,
        is_gallery=True,
        url=f"https://www.reddit.com/gallery/{number}",
        gallery_data=items,
        media_metadata=facts,
        **more,
    )


def found_in(*posts: Any, **config: Any) -> list[Found]:
    return list(source(**config).read(reply(listing(*posts))))


def media_of(found: Iterable[Found]) -> list[Media]:
    return [one for one in found if isinstance(one, Media)]


def skips_of(found: Iterable[Found]) -> list[str]:
    return [one.reason for one in found if isinstance(one, Skip)]


def asks_of(found: Iterable[Found]) -> list[Ask]:
    return [one for one in found if isinstance(one, Ask)]


def with_token(asked: RedditSource, token: str = TOKEN, *, lasts_s: Any = 86_400) -> RedditSource:
    answer = {"access_token": token, "token_type": "bearer", "expires_in": lasts_s, "scope": "*"}
    assert list(asked.read(reply(answer, url=asked.config.token_url))) == [Wait(0, "token received")]
    return asked


# The client


@pytest.mark.parametrize("missing", ["CLIENT_ID", "CLIENT_SECRET", "USERNAME"])
def test_without_a_client_of_one_s_own_one_sentence_says_how_to_get_one(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(f"HOUSEGAN_REDDIT_{missing}")
    with pytest.raises(HouseganError, match=r"prefs/apps.*HOUSEGAN_REDDIT_CLIENT_ID.*permission") as refusal:
        source()
    assert "\n" not in str(refusal.value)


def test_id_and_user_name_may_stand_in_the_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOUSEGAN_REDDIT_CLIENT_ID")
    monkeypatch.delenv("HOUSEGAN_REDDIT_USERNAME")
    asked = source(client_id="mine", username="bob")
    assert "(by /u/bob)" in asked.request(PAGE)[2]["User-Agent"]


@pytest.mark.parametrize("name", ["x\r\nEvil: 1", "é"])
def test_a_client_of_odd_signs_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOUSEGAN_REDDIT_USERNAME", name)
    with pytest.raises(HouseganError, match="check them"):
        source()


@pytest.mark.parametrize("name", ["r/pics", "a/../b", "x?y", "", "a" * 51, "pics\n"])
def test_a_subreddit_s_name_can_not_lead_elsewhere(name: str) -> None:
    with pytest.raises(HouseganError, match=r"scrape\.reddit\.subreddits"):
        validated(SetConfig, {"scrape": {"reddit": {"subreddits": [name]}}}, (), where="x")


def test_the_user_agent_has_the_form_that_reddit_asks_for() -> None:
    platform, app, rest = source().request(PAGE)[2]["User-Agent"].split(":")
    assert (platform, app, rest) == ("linux", "housegan", f"v{__version__} (by /u/ada)")


# The token


def test_the_first_request_of_any_ask_is_for_a_token_and_the_ask_is_sent_again_at_once() -> None:
    asked = source()
    method, url, headers, body = asked.request(PAGE)
    assert (method, url, body) == (
        "POST",
        "https://www.reddit.com/api/v1/access_token",
        b"grant_type=client_credentials",
    )
    assert headers["Authorization"] == f"Basic {base64.b64encode(b'an-id:a-secret').decode()}"
    with_token(asked)
    method, url, headers, body = asked.request(PAGE)
    assert (method, url, headers["Authorization"], body) == ("GET", PAGE.url, f"bearer {TOKEN}", b"")


def test_secrets_are_in_no_ask_and_in_no_finding() -> None:
    asked = with_token(source(searches=("castle",)))
    written = [*asked.begin(), *asked.read(reply(listing(post(), after="t3_1"))), *asked.read(reply({}, status=401))]
    assert not any(secret in repr(one) for one in written for secret in (TOKEN, "a-secret", "an-id"))


def test_a_token_that_is_no_longer_taken_is_renewed_once() -> None:
    asked = with_token(source())
    assert list(asked.read(reply({"message": "Unauthorized"}, status=401))) == [Wait(0, "token renewed")]
    assert asked.request(PAGE)[0] == "POST"
    with_token(asked, "another")
    assert asked.request(PAGE)[2]["Authorization"] == "bearer another"
    (later,) = asked.read(reply({}, status=401))
    assert isinstance(later, Later)
    assert later.whole_source


def test_an_answer_makes_room_for_another_renewal_when_the_token_ends_much_later() -> None:
    asked = with_token(source())
    list(asked.read(reply({}, status=401)))
    list(with_token(asked).read(reply(listing())))
    assert list(asked.read(reply({}, status=401))) == [Wait(0, "token renewed")]


def test_a_token_near_its_end_is_renewed_before_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = with_token(source(), lasts_s=3_600)
    monkeypatch.setattr("scraping.reddit.time.monotonic", lambda: 10**9)
    assert asked.request(PAGE)[0] == "POST"


@pytest.mark.parametrize("lasts_s", [None, "soon", -5, 0, 10**400, [], True])
def test_a_token_of_odd_lifetime_is_used(lasts_s: Any) -> None:
    assert with_token(source(), lasts_s=lasts_s).request(PAGE)[0] == "GET"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"message": "Unauthorized", "error": 401}), (400, {"error": "unsupported_grant_type"}), (200, {}),
        (200, []), (200, b"<html>"), (200, {"access_token": None}), (200, {"access_token": "a\r\nb: c"}),
        (200, {"access_token": ""}), (403, {}),
    ],
)  # fmt: skip
def test_a_client_that_is_refused_ends_the_source_for_this_run(status: int, body: Any) -> None:
    asked = source()
    (later,) = asked.read(reply(body, status=status, url=asked.config.token_url))
    assert isinstance(later, Later)
    assert later.whole_source
    assert "check its id and secret" in later.reason


def test_a_busy_token_endpoint_is_waited_for() -> None:
    asked = source()
    assert [type(one) for one in asked.read(reply({}, status=503, url=asked.config.token_url))] == [Wait]


# What is asked


def test_listings_ranges_and_searches_are_asked_for_once_each() -> None:
    asked = source(searches=("flying house", 'flair:"Cottage"'), ranges=("all", "year"))
    asks = asks_of(asked.begin())
    paths = [urlsplit(ask.url) for ask in asks]
    assert [parts.path.rpartition("/")[2] for parts in paths] == [
        "new", "hot", "rising", "top", "top", "controversial", "controversial", *["search"] * 6,
    ]  # fmt: skip
    assert len({ask.key for ask in asks}) == len(asks)
    for parts in paths:
        query = parse_qs(parts.query)
        assert (query["limit"], query["raw_json"]) == (["100"], ["1"])
        assert parts.netloc == "oauth.reddit.com"
    assert [parse_qs(parts.query)["t"] for parts in paths[3:7]] == [["all"], ["year"], ["all"], ["year"]]
    flair = parse_qs(paths[-1].query)
    assert (flair["q"], flair["restrict_sr"], flair["sort"]) == (['flair:"Cottage"'], ["1"], ["top"])


def test_after_is_followed_until_it_is_null() -> None:
    asked, ask, posts = with_token(source()), PAGE, []
    for number in (1, 2, 3):
        found = list(asked.read(reply(listing(post(number), after=f"t3_{number}" if number < 3 else None), ask=ask)))
        posts += media_of(found)
        if following := asks_of(found):
            (ask,) = following
            assert parse_qs(urlsplit(ask.url).query) == {"limit": ["100"], "raw_json": ["1"], "after": [f"t3_{number}"]}
    assert [one.sighting.post for one in posts] == ["t3_1", "t3_2", "t3_3"]
    assert not following


@pytest.mark.parametrize("after", [None, "", 5, [], {}, "t3_", "t1_abc", "t3_a&limit=9", "t3_" + "a" * 99, "t3_é"])
def test_an_after_that_is_none_is_not_followed(after: Any) -> None:
    assert asks_of(source().read(reply(listing(post(), after=after)))) == []


def test_a_listing_that_never_ends_is_left() -> None:
    asked, ask, pages = source(), PAGE, 1
    while following := asks_of(asked.read(reply(listing(after=f"t3_{pages}"), ask=ask))):
        (ask,), pages = following, pages + 1
    assert pages == MAX_PAGES
    assert asks_of(asked.read(reply(listing(after="t3_9"), ask=replace(PAGE, url=f"{PAGE.url}&after=t3_9")))) == []


def test_a_post_in_several_listings_is_yielded_once() -> None:
    asked = source()
    first = list(asked.read(reply(listing(post(1), post(2), post(3, is_video=True)))))
    again = list(asked.read(reply(listing(post(2), post(3, is_video=True), post(4), after="t3_4"))))
    assert [one.sighting.post for one in media_of(first + again)] == ["t3_1", "t3_2", "t3_4"]
    assert skips_of(first + again) == ["video"]


# Refusals


def test_after_too_many_requests_the_same_is_asked_when_the_host_says() -> None:
    assert list(source().read(reply({}, status=429, retry_after="7"))) == [Wait(7, "reddit answers 429")]


def test_a_retry_after_may_be_a_date() -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    (wait,) = source().read(reply({}, status=503, retry_after=at))
    assert isinstance(wait, Wait)
    assert 25 < wait.seconds <= 30


@pytest.mark.parametrize("told", ["", "soon", "nan", "inf", "Tue, 99 Foo 2026 99:99:99 GMT"])
def test_without_a_word_from_the_host_each_wait_is_twice_as_long_until_the_next_run(told: str) -> None:
    asked = source()
    waits = [one for _ in range(MAX_TRIES) for one in asked.read(reply(b"", status=500, retry_after=told))]
    seconds = [wait.seconds for wait in waits if isinstance(wait, Wait)]
    assert seconds[0] == 2
    assert all(second == 2 * first for first, second in pairwise(seconds))
    assert list(asked.read(reply(b"", status=500, retry_after=told))) == [Later("reddit answers 500")]


def test_a_wait_is_never_negative_and_a_day_is_left_to_the_next_run() -> None:
    assert list(source().read(reply({}, status=429, retry_after="-5"))) == [Wait(0, "reddit answers 429")]
    assert list(source().read(reply({}, status=429, retry_after="86400"))) == [Later("reddit answers 429")]


def test_an_answer_forgets_the_refusals_before_it() -> None:
    asked = source()
    for _ in range(MAX_TRIES):
        list(asked.read(reply({}, status=502)))
    list(asked.read(reply(listing())))
    assert list(asked.read(reply({}, status=502))) == [Wait(2, "reddit answers 502")]


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (404, {"message": "Not Found"}, "page answers 404"),
        (404, {"reason": "banned"}, "subreddit banned"),
        (403, {"reason": "private"}, "subreddit private"),
        (400, b"", "page answers 400"),
    ],
)
def test_a_subreddit_that_is_closed_is_passed_over(status: int, body: Any, reason: str) -> None:
    assert list(source().read(reply(body, status=status))) == [Skip(reason)]


def test_a_refusal_without_a_reason_ends_the_source_for_this_run() -> None:
    assert list(source().read(reply(b"blocked", status=403))) == [Later("reddit answers 403", whole_source=True)]


def test_a_page_instead_of_json_is_asked_for_again() -> None:
    assert list(source().read(reply(b"<html>whoa there"))) == [Wait(2, "reddit answers with no JSON")]


@pytest.mark.parametrize(
    ("remaining", "reset", "pause_s"),
    [
        ("985.0", "300", 0), ("0.0", "127", 127), ("0.4", "127", 127), ("5.0", "100", 20), ("-3", "50", 50),
        ("0", "99999", 600), ("nan", "50", 0), ("0", "inf", 0), ("", "", 0), ("0", "-9", 0),
    ],
)  # fmt: skip
def test_the_window_of_requests_is_kept_to(remaining: str, reset: str, pause_s: float) -> None:
    answer = reply({}, x_ratelimit_remaining=remaining, x_ratelimit_reset=reset)
    assert source().pause_s(answer) == pause_s


def test_without_limits_in_the_headers_nothing_is_waited_for() -> None:
    assert source().pause_s(reply({})) == 0


# What is in a post


def test_a_direct_link_has_its_story_and_the_preview_to_fall_back_on() -> None:
    (media,) = media_of(found_in(post(preview=preview())))
    assert media.urls == ("https://i.redd.it/1.png", "https://preview.redd.it/p.jpg?s=1")
    assert media.key == "https://i.redd.it/1.png"
    story = media.sighting
    assert (story.source, story.post, story.title, story.author) == ("reddit", "t3_1", "A house", "u/ada")
    assert story.page_url == "https://www.reddit.com/r/x/comments/1/a_house/"
    assert (story.score, story.created) == (7, "2026-04-13T17:54:49+00:00")
    assert (story.licence, story.licence_url) == ("", "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"over_18": True}, "nsfw"),
        ({"spoiler": True}, "spoiler"),
        ({"stickied": True}, "sticky"),
        ({"score": 4}, "low score"),
        ({"removed_by_category": "deleted"}, "deleted"),
        ({"is_video": True}, "video"),
        ({"post_hint": "hosted:video"}, "video"),
        ({"post_hint": "rich:video", "url": "https://example.org/x"}, "video"),
        ({"post_hint": "link", "url": "https://youtu.be/abc", "preview": preview()}, "video"),
        ({"url": "https://i.imgur.com/G7K3xO4.gifv", "preview": preview()}, "video"),
        ({"is_self": True, "url": "https://www.reddit.com/r/x/comments/1/"}, "text"),
        ({"post_hint": "link", "url": "https://example.org/article"}, "link to a page"),
        ({"post_hint": "link", "url": "https://a.org/b", "preview": preview()}, "link to a page, preview not wanted"),
        ({"url": "https://imgur.com/a/3a3rJ"}, "no picture"),
        ({"url": "javascript:alert(1)", "post_hint": "link"}, "no picture"),
        ({"url": None}, "no picture"),
    ],
)
def test_what_is_passed_over_has_a_reason(change: dict[str, Any], reason: str) -> None:
    assert found_in(post() | change, min_score=5) == [Skip(reason)]


def test_the_config_lets_in_what_it_names() -> None:
    posts = post(1, over_18=True), post(2, spoiler=True), post(3, stickied=True), post(4, score=-3)
    assert len(media_of(found_in(*posts, nsfw=True, spoilers=True, stickies=True, min_score=-10))) == 4


def test_the_preview_of_a_page_elsewhere_is_taken_where_the_config_wants_it() -> None:
    linked = post(post_hint="link", url="https://www.artstation.com/artwork/x", preview=preview())
    (media,) = media_of(found_in(linked, link_previews=True))
    assert media.urls == ("https://preview.redd.it/p.jpg?s=1",)


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("http://imgur.com/dvuHnNU", "https://i.imgur.com/dvuHnNU.jpg"),
        ("https://m.imgur.com/dvuHnNU", "https://i.imgur.com/dvuHnNU.jpg"),
        ("https://imgur.com/gallery/ZW7TgjO", "https://i.imgur.com/ZW7TgjO.jpg"),
        ("https://imgur.com/gallery/a-small-house-ZW7TgjO", "https://i.imgur.com/ZW7TgjO.jpg"),
        ("https://imgur.com/t/houses/ZW7TgjO", "https://i.imgur.com/ZW7TgjO.jpg"),
        ("http://imgur.com/vGbFvkI.jpg", "https://i.imgur.com/vGbFvkI.jpg"),
        ("http://i.imgur.com/vGbFvkI.png?1", "https://i.imgur.com/vGbFvkI.png?1"),
        ("https://imgur.com/a/3a3rJ", "https://preview.redd.it/p.jpg?s=1"),
        ("https://imgur.com/user/somebody", "https://preview.redd.it/p.jpg?s=1"),
    ],
)
def test_imgur_s_pages_become_pictures_and_fall_back_on_the_preview(link: str, address: str) -> None:
    (media,) = media_of(found_in(post(url=link, post_hint="link", preview=preview())))
    assert media.urls[0] == address
    assert media.urls[-1] == "https://preview.redd.it/p.jpg?s=1"


def test_imgur_s_removed_picture_is_known_by_its_bytes_and_by_its_address() -> None:
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 161, 81)
    removed, elsewhere = png + bytes(503 - len(png)), "https://i.imgur.com/abcdefg.png"
    assert placeholder(removed, elsewhere)
    assert placeholder(b"anything", "https://i.imgur.com/removed.png?1")
    for other in (removed + b"0", b"", removed[:20], b"\xff\xd8" + removed[2:], removed[:19] + b"\xff" + removed[20:]):
        assert placeholder(other, elsewhere) is None


# Galleries and crossposts


def test_a_gallery_comes_in_its_own_order() -> None:
    media = media_of(found_in(gallery("cccccc", "aaaaaa", "bbbbbb")))
    assert [one.key for one in media] == [
        f"https://preview.redd.it/{one}.jpg?width=900&s=1" for one in ("cccccc", "aaaaaa", "bbbbbb")
    ]
    assert media[0].urls[1] == "https://i.redd.it/cccccc.jpg"
    assert {one.sighting.post for one in media} == {"t3_1"}


def test_a_picture_twice_in_a_gallery_is_yielded_once() -> None:
    assert len(media_of(found_in(gallery("aaaaaa", "bbbbbb", "aaaaaa")))) == 2


@pytest.mark.parametrize("data", [None, {}, {"items": None}, {"items": []}, {"items": {"a": 1}}, [], "x", 5])
def test_a_gallery_without_items_was_deleted(data: Any) -> None:
    assert found_in(gallery("aaaaaa") | {"gallery_data": data}) == [Skip("deleted")]


def test_of_a_gallery_only_valid_pictures_are_taken() -> None:
    shown = gallery("aaaaaa", "bbbbbb", "cccccc", "dddddd", "eeeeee", "ffffff", "gggggg")
    facts = shown["media_metadata"]
    facts["bbbbbb"]["status"] = "failed"
    shown["gallery_data"]["items"][2]["is_deleted"] = True
    facts["dddddd"] |= {"e": "AnimatedImage", "s": {"gif": "https://i.redd.it/dddddd.gif", "mp4": "https://x.org/d"}}
    facts["eeeeee"] |= {"e": "AnimatedImage", "s": {"mp4": "https://x.org/e"}}
    facts["ffffff"]["s"] = None
    del facts["gggggg"]
    found = found_in(shown)
    assert [one.key for one in media_of(found)] == [
        "https://preview.redd.it/aaaaaa.jpg?width=900&s=1", "https://i.redd.it/dddddd.gif",
    ]  # fmt: skip
    assert skips_of(found) == ["not valid in its gallery", "deleted", "video", "no address", "deleted"]


def test_a_crosspost_is_its_parent_and_both_are_yielded_once() -> None:
    parent = gallery("aaaaaa", "bbbbbb", number=1, author="bob")
    cross = post(2, url="https://www.reddit.com/gallery/1", crosspost_parent_list=[parent], score=0)
    found = found_in(cross, parent, min_score=5)
    assert [(one.sighting.post, one.sighting.author) for one in media_of(found)] == [("t3_1", "u/bob")] * 2
    assert skips_of(found) == []


@pytest.mark.parametrize("flag", ["over_18", "spoiler"])
def test_a_crosspost_of_something_unwanted_is_unwanted(flag: str) -> None:
    for outer, inner in ((True, False), (False, True)):
        cross = post(2, crosspost_parent_list=[post(1) | {flag: inner}]) | {flag: outer}
        assert media_of(found_in(cross)) == []


@pytest.mark.parametrize("parents", [None, [], [None], [{}], "x", [{"name": 5}], {"0": post(9)}])
def test_a_crosspost_without_a_parent_is_itself(parents: Any) -> None:
    (media,) = media_of(found_in(post(2, crosspost_parent_list=parents)))
    assert media.sighting.post == "t3_2"


# Hostile answers


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:20])
def test_no_value_of_the_wrong_type_raises_or_leaves_what_can_not_be_stored(odd: Any) -> None:
    for example in (gallery("aaaaaa"), post(preview=preview()), post(2, crosspost_parent_list=[post(3)])):
        for key in (*example, "removed_by_category", "url_overridden_by_dest"):
            _check(found_in(example | {key: odd}, nsfw=True, spoilers=True, stickies=True, min_score=-(10**9)))
    shown = gallery("aaaaaa")
    for key in ("status", "e", "m", "id", "s"):
        fact = shown["media_metadata"]["aaaaaa"] | {key: odd}
        _check(found_in(shown | {"media_metadata": {"aaaaaa": fact}}))
        _check(found_in(shown | {"media_metadata": {"aaaaaa": odd}}))
    for part in ("u", "gif", "x"):
        fact = shown["media_metadata"]["aaaaaa"] | {"s": {part: odd}}
        _check(found_in(shown | {"media_metadata": {"aaaaaa": fact}}))
    _check(found_in(shown | {"gallery_data": {"items": [odd, {"media_id": odd}]}}))
    _check(found_in(post(preview={"images": odd}), post(2, preview={"images": [{"source": odd}]})))


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:20])
def test_no_page_of_the_wrong_shape_raises(odd: Any) -> None:
    asked = source()
    bodies = [odd, {"kind": odd}, {"kind": "Listing", "data": odd}, {"kind": "Listing", "data": {"children": odd}}]
    bodies += [listing(odd), {"kind": "Listing", "data": {"children": [odd], "after": odd}}]
    for body in bodies:
        found = list(asked.read(reply(body)))
        _check(found)
        assert media_of(found) == []


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[" * 100_000, b"9" * 10_000, b'{"a":', b"\0" * 1_000])
def test_bytes_that_are_no_json_do_not_raise(body: bytes) -> None:
    for status in (200, 301, 403, 404, 418):
        assert list(source().read(reply(body, status=status)))


def _check(found: list[Found]) -> None:
    """Everything found can be written down as UTF-8, and only web addresses are addresses."""
    for one in media_of(found):
        one.to_json().encode()
        assert all(url.startswith(("https://", "http://")) for url in one.urls)
        for value in (one.sighting.title, one.sighting.author, one.sighting.page_url, one.key):
            value.encode()
            assert len(value) <= 2_000
            assert value.isprintable()


# Real listings


@pytest.mark.shared
def test_a_real_listing_yields_each_gallery_in_order_and_names_what_it_skips(shared: Path) -> None:
    body = (shared / "http/reddit/popular_hot_with_galleries.json").read_bytes()
    posts = {child["data"]["name"]: child["data"] for child in json.loads(body)["data"]["children"]}
    found = list(source().read(reply(body)))
    media = media_of(found)
    galleries = [one for one in posts.values() if one.get("is_gallery")]
    assert len(galleries) == 14
    for shown in galleries:
        order = [item["media_id"] for item in shown["gallery_data"]["items"]]
        yielded = [one.key for one in media if one.sighting.post == shown["name"]]
        assert [urlsplit(url).path[1:].partition(".")[0] for url in yielded] == order
    assert len({one.key for one in media}) == len(media) == 49 + 59  # posts of one picture, and in galleries
    assert Counter(skips_of(found)) == {
        "video": 25, "link to a page, preview not wanted": 5, "text": 5, "spoiler": 2,
    }  # fmt: skip
    assert [parse_qs(urlsplit(ask.url).query)["after"] for ask in asks_of(found)] == [["t3_1skbyfv"]]


@pytest.mark.shared
def test_a_real_listing_of_old_links_yields_imgur_s_pages_and_previews(shared: Path) -> None:
    body = (shared / "http/reddit/multireddit_new.json").read_bytes()
    asked = source()
    found = list(asked.read(reply(body)))
    media = media_of(found)
    by_post = {one.sighting.post: one.urls for one in media}
    assert by_post["t3_4t9xg5"][0] == "https://i.imgur.com/dvuHnNU.jpg"
    assert urlsplit(by_post["t3_4t9xg5"][1]).netloc == "i.redditmedia.com"
    assert by_post["t3_4t8nxx"][0] == "https://i.imgur.com/vGbFvkI.jpg"
    assert "t3_4t9ho4" not in by_post  # not safe for work
    assert len(media) == 83
    assert Counter(skips_of(found)) == {"link to a page, preview not wanted": 14, "nsfw": 2, "video": 1}
    assert list(asked.read(reply(body))) == asks_of(asked.read(reply(body)))  # all posts are known

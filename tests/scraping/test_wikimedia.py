import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from housegan.config import WikimediaConfig
from housegan.errors import HouseganError
from scraping.facts import plain_text
from scraping.source import Ask, Found, Later, Media, Reply, Skip, Wait
from scraping.wikimedia import WikimediaSource
from tests.scraping.conftest import ODD

CONTACT = "ada@example.org"


def source(**config: Any) -> WikimediaSource:
    return WikimediaSource(WikimediaConfig(**({"categories": ("Castles",)} | config)), contact=CONTACT)


def reply(body: Any, *, ask: Ask | None = None, status: int = 200, **headers: str) -> Reply:
    ask = ask or asks_of(source().begin())[0]
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(ask, ask.url, status, {key.replace("_", "-"): value for key, value in headers.items()}, data)


def info(name: str = "A", **more: Any) -> dict[str, Any]:
    facts = {
        "ObjectName": "A castle", "LicenseShortName": "CC BY-SA 4.0",
        "Artist": '<a href="//commons.wikimedia.org/wiki/User:Ada" title="User:Ada">Ada</a>',
        "LicenseUrl": "https://creativecommons.org/licenses/by-sa/4.0",
    }  # fmt: skip
    return {
        "url": f"https://upload.wikimedia.org/wikipedia/commons/a/ab/{name}.jpg", "width": 1_000, "height": 800,
        "mime": "image/jpeg", "sha1": "ab", "user": "Uploader", "size": 5,
        "descriptionurl": f"https://commons.wikimedia.org/wiki/File:{name}.jpg",
        "extmetadata": {key: {"value": value, "source": "commons-desc-page"} for key, value in facts.items()},
    } | more  # fmt: skip


def file(name: str = "A", *, facts: bool = True, **more: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {"pageid": 1, "ns": 6, "title": f"File:{name}.jpg", "imagerepository": "local"}
    return entry | ({"imageinfo": [info(name, **more)]} if facts else {})


def category(name: str) -> dict[str, Any]:
    return {"pageid": 2, "ns": 14, "title": f"Category:{name}"}


def answer(*pages: Any, following: Any = None, whole: bool = True) -> dict[str, Any]:
    return (
        ({"batchcomplete": True} if whole else {})
        | ({"continue": following} if following is not None else {})
        | {"query": {"pages": list(pages)}}
    )


def media_of(found: Iterable[Found]) -> list[Media]:
    return [one for one in found if isinstance(one, Media)]


def asks_of(found: Iterable[Found]) -> list[Ask]:
    return [one for one in found if isinstance(one, Ask)]


def query_of(ask: Ask) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(ask.url).query, keep_blank_values=True).items()}


# What is asked


@pytest.mark.parametrize("contact", ["", "  ", "a\r\nb: c", "é@x", "a) evil (b", None])
def test_without_a_contact_nothing_is_asked(contact: str | None) -> None:
    with pytest.raises(HouseganError, match=r"HOUSEGAN_CONTACT"):
        WikimediaSource(WikimediaConfig(), contact=contact)


def test_the_contact_stands_in_the_user_agent() -> None:
    method, _, headers, body = source().request(asks_of(source().begin())[0])
    assert (method, body) == ("GET", b"")
    assert headers["User-Agent"].startswith("housegan/")
    assert f"({CONTACT})" in headers["User-Agent"]


def test_categories_and_searches_are_asked_for_with_all_facts() -> None:
    members, search = asks_of(source(searches=("fantasy cabin",)).begin())
    common = {
        "action": "query", "format": "json", "formatversion": "2", "maxlag": "5", "prop": "imageinfo",
        "iiprop": "url|size|mime|sha1|user|extmetadata", "iiextmetadatalanguage": "en", "iiurlwidth": "1280",
        "iiextmetadatafilter": "ObjectName|Artist|LicenseShortName|LicenseUrl",
    }  # fmt: skip
    assert query_of(members) == common | {
        "generator": "categorymembers", "gcmtitle": "Category:Castles", "gcmtype": "file|subcat", "gcmlimit": "50",
    }  # fmt: skip
    assert query_of(search) == common | {
        "generator": "search", "gsrsearch": "fantasy cabin filetype:bitmap", "gsrnamespace": "6", "gsrlimit": "50",
    }  # fmt: skip


def test_a_search_may_name_its_own_file_type() -> None:
    (ask,) = asks_of(source(categories=(), searches=("castle filetype:drawing",)).begin())
    assert query_of(ask)["gsrsearch"] == "castle filetype:drawing"


def test_subcategories_are_entered_to_the_depth_and_no_deeper() -> None:
    asked = source(depth=2)
    asks, depth = asks_of(asked.begin()), 0
    while asks:
        (ask,) = asks
        assert query_of(ask)["gcmtype"] == ("file|subcat" if depth < 2 else "file")
        asks, depth = asks_of(asked.read(reply(answer(category(f"Level {depth}")), ask=ask))), depth + 1
    assert depth == 3


def test_categories_that_hold_each_other_come_to_an_end() -> None:
    asked = source(depth=5)
    asks, asked_for = asks_of(asked.begin()), 0
    while asks:
        ask, *asks = asks
        asked_for += 1
        name = query_of(ask)["gcmtitle"].removeprefix("Category:")
        asks += asks_of(asked.read(reply(answer(category({"Castles": "Ruins"}.get(name, "Castles"))), ask=ask)))
    assert asked_for == 2


def test_a_category_reached_by_a_shorter_way_is_entered_again_to_go_deeper() -> None:
    asked = source(categories=("A", "B"), depth=2)
    first, second = asks_of(asked.begin())
    (deep,) = asks_of(asked.read(reply(answer(category("C")), ask=first)))
    (deeper,) = asks_of(asked.read(reply(answer(category("D")), ask=deep)))
    assert deeper.about["depth"] == 0
    (again,) = asks_of(asked.read(reply(answer(category("D"), category("C")), ask=second)))
    assert (again.about["category"], again.about["depth"]) == ("D", 1)


def test_a_continuation_is_added_to_the_first_request_and_replaces_the_one_before() -> None:
    asked = source()
    (first,) = asks_of(asked.begin())
    (second,) = asks_of(asked.read(reply(answer(file("A"), following={"gcmcontinue": "file|x", "continue": "gcm||"}))))
    assert query_of(second) == query_of(first) | {"gcmcontinue": "file|x", "continue": "gcm||"}
    inner = {"iicontinue": "y", "continue": "||"}
    (third,) = asks_of(asked.read(reply(answer(file("B"), following=inner), ask=second)))
    assert query_of(third) == query_of(first) | inner
    assert asks_of(asked.read(reply(answer(file("C")), ask=third))) == []
    assert len({first.key, second.key, third.key}) == 3


def test_facts_that_come_in_parts_are_neither_lost_nor_yielded_twice() -> None:
    asked = source()
    following = {"iicontinue": "B.jpg", "continue": "||"}
    first = list(asked.read(reply(answer(file("A"), file("B", facts=False), following=following, whole=False))))
    (ask,) = asks_of(first)
    second = list(asked.read(reply(answer(file("A", facts=False), file("B")), ask=ask)))
    assert [one.sighting.post for one in media_of(first + second)] == ["File:A.jpg", "File:B.jpg"]
    assert not any(isinstance(one, Skip) for one in first + second)


def test_a_continuation_that_stands_still_is_not_followed() -> None:
    asked = source()
    (ask,) = asks_of(asked.read(reply(answer(following={"gcmcontinue": "x"}))))
    assert asks_of(asked.read(reply(answer(following={"gcmcontinue": "x"}), ask=ask))) == []


@pytest.mark.parametrize("following", [[], "x", 5, {}, {"a": None}, {"a": {}}, {"a": [1]}, {"a": "x" * 5_000}])
def test_a_continuation_that_is_none_is_not_followed(following: Any) -> None:
    assert asks_of(source().read(reply(answer(file(), following=following)))) == []


# What is found


def test_a_file_has_its_maker_its_licence_and_its_page() -> None:
    (media,) = media_of(source().read(reply(answer(file()))))
    story = media.sighting
    assert media.urls == ("https://upload.wikimedia.org/wikipedia/commons/a/ab/A.jpg",)
    assert (story.source, media.key, story.post) == ("wikimedia", media.urls[0], "File:A.jpg")
    assert (story.title, story.author) == ("A castle", "Ada")
    assert (story.licence, story.licence_url) == ("CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0")
    assert story.page_url == "https://commons.wikimedia.org/wiki/File:A.jpg"


def test_without_facts_the_file_s_name_and_its_uploader_stand_in() -> None:
    (media,) = media_of(source().read(reply(answer(file("Old_Mill", extmetadata=None)))))
    assert (media.sighting.title, media.sighting.author, media.sighting.licence) == ("Old_Mill", "Uploader", "")


def test_a_wide_file_is_fetched_as_a_preview_and_the_file_is_the_fallback() -> None:
    preview = "https://upload.wikimedia.org/wikipedia/commons/thumb/a/ab/A.jpg/1280px-A.jpg"
    size: dict[str, Any] = {
        "width": 5_514,
        "height": 3_102,
        "thumburl": preview,
        "thumbwidth": 1_280,
        "thumbheight": 720,
    }
    (media,) = media_of(source().read(reply(answer(file(**size)))))
    assert media.urls == (preview, info()["url"])
    assert media.key == info()["url"]  # the same whatever the width
    (narrow,) = media_of(source().read(reply(answer(file(thumburl=preview, thumbwidth=1_280)))))
    assert narrow.urls == (info()["url"],)
    flat = size | {"width": 9_000, "height": 900, "thumbheight": 128}
    (panorama,) = media_of(source().read(reply(answer(file(**flat)))))
    assert panorama.urls == (info()["url"],)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"mime": "image/svg+xml"}, "not JPEG, PNG, WebP or GIF"),
        ({"mime": "application/pdf"}, "not JPEG, PNG, WebP or GIF"),
        ({"mime": "image/tiff"}, "not JPEG, PNG, WebP or GIF"),
        ({"mime": None}, "not JPEG, PNG, WebP or GIF"),
        ({"width": 100}, "too small"),
        ({"url": None}, "no address"),
        ({"url": "javascript:alert(1)"}, "no address"),
    ],
)
def test_what_is_passed_over_has_a_reason(change: dict[str, Any], reason: str) -> None:
    assert list(source().read(reply(answer(file(**change))))) == [Skip(reason)]


@pytest.mark.parametrize("mime", ["image/jpeg", "image/png", "image/webp", "image/gif", "IMAGE/PNG"])
def test_the_formats_that_are_decoded_are_taken(mime: str) -> None:
    assert len(media_of(source().read(reply(answer(file(mime=mime)))))) == 1


def test_a_file_in_two_categories_is_yielded_once() -> None:
    asked = source()
    found = [*asked.read(reply(answer(file("A"), file("B")))), *asked.read(reply(answer(file("B"), file("C"))))]
    assert [one.sighting.post for one in media_of(found)] == ["File:A.jpg", "File:B.jpg", "File:C.jpg"]


def test_a_file_that_is_gone_is_counted() -> None:
    gone = {"ns": 6, "title": "File:Gone.jpg", "missing": True}
    assert list(source().read(reply(answer(gone)))) == [Skip("no file")]


@pytest.mark.parametrize("body", [{"batchcomplete": True}, {"batchcomplete": "", "query": {"pages": {}}}])
def test_a_category_that_is_empty_or_misspelt_is_named_and_an_empty_subcategory_is_not(body: Any) -> None:
    assert list(source().read(reply(body))) == [Skip("nothing found for Castles")]
    (search,) = asks_of(source(categories=(), searches=("flying house",)).begin())
    assert list(source().read(reply(body, ask=search))) == [Skip("nothing found for flying house")]
    asked = source()
    (inner,) = asks_of(asked.read(reply(answer(category("Ruins")))))
    assert list(asked.read(reply(body, ask=inner))) == []


@pytest.mark.parametrize("name", ["Castles", "Category:Castles", "Castles_"])
def test_a_category_s_name_may_be_written_in_several_ways(name: str) -> None:
    (ask,) = asks_of(source(categories=(name,)).begin())
    assert query_of(ask)["gcmtitle"].rstrip() == "Category:Castles"


# Refusals


@pytest.mark.parametrize("status", [200, 503])
def test_lagging_databases_are_waited_for(status: int) -> None:
    body = {"error": {"code": "maxlag", "info": "Waiting for db1: 7 seconds lagged", "lag": 7}}
    assert list(source().read(reply(body, status=status, retry_after="5"))) == [Wait(5, "wikimedia answers maxlag")]
    assert list(source().read(reply(body, status=status))) == [Wait(2, "wikimedia answers maxlag")]


@pytest.mark.parametrize("code", ["ratelimited", "readonly", "internal_api_error_DBQueryError"])
def test_an_error_that_passes_is_waited_for(code: str) -> None:
    assert [type(one) for one in source().read(reply({"error": {"code": code}}))] == [Wait]


def test_an_error_that_does_not_pass_is_counted() -> None:
    assert list(source().read(reply({"error": {"code": "invalidcategory"}}))) == [Skip("page answers invalidcategory")]
    assert list(source().read(reply(b"", status=404))) == [Skip("page answers 404")]


def test_statuses_that_pass_are_waited_for_and_a_refusal_ends_the_source_for_this_run() -> None:
    assert list(source().read(reply(b"", status=429, retry_after="12"))) == [Wait(12, "wikimedia answers 429")]
    assert [type(one) for one in source().read(reply(b"<html>Error</html>", status=502))] == [Wait]
    (later,) = source().read(reply(b"<html>Please set a user-agent</html>", status=403))
    assert isinstance(later, Later)
    assert later.whole_source


def test_no_quota_is_told_so_none_is_waited_for() -> None:
    assert source().pause_s(reply(answer())) == 0


# HTML to text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Plain words", "Plain words"),
        ('<a href="javascript:alert(1)">Ada &amp; Bob</a>', "Ada & Bob"),
        ("<script>alert(1)</script><style>p{}</style>Ada", "Ada"),
        ('<img src=x onerror="alert(1)">Ada', "Ada"),
        ("<p>Ada</p><p>Bob</p>", "Ada Bob"),
        ("Ada<br/>Bob\n\t <b>C</b>arl", "Ada Bob Carl"),
        ('<bdi>Unknown</bdi><span style="display: none;">Unknown</span>', "Unknown"),
        ('<span style="DISPLAY:none">x</span>Ada', "xAda"),
        ("&lt;b&gt;not bold&lt;/b&gt;", "<b>not bold</b>"),
        ("&eacute;&#233;&#xE9;&nbsp;&nothing;x", "ééé ¬hing;x"),
        ("a &lt; b", "a < b"),
        ("", ""), ("   ", ""), ("<>", "<>"), ("<", "<"), ("<!-- x -->", ""), ("<![CDATA[x]]>Ada", "Ada"),
        ("<p", ""), ("\0<b>A\ud800da</b>\u202e", "A?da"),
        (None, ""), (5, ""), ([], ""),
    ],
)  # fmt: skip
def test_html_becomes_one_line_of_text(html: Any, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize("part", ["<b>", "<", "&", "<p>x", "<b>x", '<b style="display:none">x', "<a b=c "])
def test_huge_html_ends_soon_and_is_cut(part: str) -> None:
    assert len(plain_text(part * 50_000)) <= 500


# Hostile answers


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:20])
def test_no_value_of_the_wrong_type_raises_or_leaves_what_can_not_be_stored(odd: Any) -> None:
    entries = [file() | {key: odd} for key in (*file(), "missing")]
    entries += [file(**{key: odd}) for key in (*info(), "thumburl", "thumbheight")]
    entries += [file(extmetadata=info()["extmetadata"] | {key: {"value": odd}}) for key in info()["extmetadata"]]
    entries += [file(extmetadata={"Artist": odd}), category("x") | {"title": odd}]
    for entry in entries:
        for one in media_of(source().read(reply(answer(entry)))):
            one.to_json().encode()
            for value in (one.sighting.title, one.sighting.author, one.sighting.licence, one.sighting.post):
                value.encode()
            assert all(url.startswith("https://") for url in one.urls)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:20])
def test_no_page_of_the_wrong_shape_raises(odd: Any) -> None:
    bodies = [odd, {"query": odd}, {"query": {"pages": odd}}, answer(odd), answer(following=odd), {"error": odd}]
    for body in [*bodies, {"error": {"code": odd}}, {"query": {"pages": {"1": odd}}}]:
        assert media_of(source().read(reply(body))) == []


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[" * 100_000, b"9" * 10_000, b'{"a":', b"\0" * 1_000])
def test_bytes_that_are_no_json_do_not_raise(body: bytes) -> None:
    for status in (200, 301, 403, 404, 418, 500):
        assert list(source().read(reply(body, status=status)))


# Real answers


@pytest.mark.shared
def test_a_real_file_becomes_a_picture_with_its_story(shared: Path) -> None:
    entry = json.loads((shared / "http/wikimedia/image_data_example.json").read_bytes())
    entry["imageinfo"][0] |= {"mime": "image/jpeg"}  # that recording didn't ask for it
    for pages in ([entry], {str(entry["pageid"]): entry}):
        (media,) = media_of(source().read(reply({"batchcomplete": "", "query": {"pages": pages}})))
        story = media.sighting
        assert (story.author, story.licence) == ("PtrQs", "CC BY-SA 4.0")
        assert story.licence_url == "https://creativecommons.org/licenses/by-sa/4.0"
        assert story.title == "20120925 PlozevetBretagne LoneTree DSC07971 PtrQs"
        assert story.page_url == entry["imageinfo"][0]["descriptionurl"]
        assert media.key == entry["imageinfo"][0]["url"]


@pytest.mark.shared
def test_a_real_continuation_is_followed_through_two_pages(shared: Path) -> None:
    asked = source()
    (ask,) = asks_of(asked.begin())
    for name, following in (
        ("response_small_with_continue", "next.jpg"),
        ("response_small_with_continue_2", "next2jpg"),
    ):
        body = (shared / f"http/wikimedia/{name}.json").read_bytes()
        (ask,) = asks_of(asked.read(reply(body, ask=ask)))
        assert (query_of(ask)["gaicontinue"], query_of(ask)["continue"]) == (following, "gaicontinue||")
        assert query_of(ask)["gcmtitle"] == "Category:Castles"

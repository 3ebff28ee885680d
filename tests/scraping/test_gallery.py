import pytest
from parsel import Selector

from housegan.config import GalleryConfig
from housegan.errors import HouseganError
from scraping.gallery import GallerySource, candidates, srcset
from scraping.source import Ask, Found, Media, Reply, Skip

START = "https://site.example/gallery/"


def read(html: str, ask: Ask | None = None, status: int = 200, **config: str) -> list[Found]:
    source = GallerySource(GalleryConfig.model_validate({"start_urls": [START], "item": "li", **config}))
    ask = ask or Ask(START)
    return list(source.read(Reply(ask, ask.url, status, {"content-type": "text/html; charset=utf-8"}, html.encode())))


def media(found: list[Found]) -> list[str]:
    return [one.urls[0] for one in found if isinstance(one, Media)]


@pytest.mark.parametrize(
    ("html", "urls"),
    [
        ('<img src="a.jpg">', ["a.jpg"]),
        ('<img src="blank.gif" data-src="a.jpg">', ["a.jpg", "blank.gif"]),
        ('<img src="data:image/gif;base64,R0" data-original="a.jpg">', ["a.jpg"]),
        ('<img src="s.jpg" srcset="s.jpg 320w, l.jpg 1280w, m.jpg 640w">', ["l.jpg", "m.jpg", "s.jpg"]),
        ('<img src="s.jpg" srcset="m.jpg 1.5x, l.jpg 3x, s.jpg">', ["l.jpg", "m.jpg", "s.jpg"]),
        ('<img src="s.jpg" data-srcset="l.jpg?a=1,2 900w">', ["l.jpg?a=1,2", "s.jpg"]),
        (
            '<picture><source srcset="l.webp 2000w" type="image/webp"><img src="s.jpg" srcset="m.jpg 800w"></picture>',
            ["l.webp", "m.jpg", "s.jpg"],
        ),
        ('<img srcset=", ,a.jpg" src="">', ["a.jpg"]),
        ('<img src="javascript:alert(1)">', []),
        ("<img>", []),
    ],
)
def test_the_largest_candidate_comes_first(html: str, urls: list[str]) -> None:
    element = Selector(text=html).css("img")[0]
    assert candidates(element, START) == [START + url for url in urls]


def test_a_link_to_the_full_size_beats_its_thumbnail() -> None:
    found = read('<li><a href="/full/1.jpg"><img src="/t/1.jpg"></a></li>', media="a")
    assert media(found) == ["https://site.example/full/1.jpg"]
    found = read('<li><a href="/full/1.jpg"><img src="/t/1.jpg"></a></li>', media="a::attr(href)")
    assert media(found) == ["https://site.example/full/1.jpg"]


def test_a_strange_srcset_costs_no_time() -> None:
    assert srcset("a.jpg " * 50_000) is not None
    assert srcset("," * 1_000_000) == []
    assert srcset("a.jpg 1e9w, b.jpg -1x, c.jpg 640w 480h, d.jpg") == [
        (1.0, "a.jpg"), (1.0, "b.jpg"), (640.0, "c.jpg"), (1.0, "d.jpg")
    ]  # fmt: skip


def test_items_bring_their_story_and_the_page_its_next() -> None:
    found = read(
        """<base href="https://cdn.example/x/"><ul>
        <li><img src="1.jpg" alt="A cottage"><i> Ada <b>Lovelace</b></i> <a href="/by" class="l">CC BY</a></li>
        <li><img src="2.jpg"><h2>Tavern</h2></li>
        <li>no picture</li></ul><a class="next" href="?page=2#top">2</a><a class="next" href="javascript:x()">3</a>""",
        title="h2", author="i", licence="a.l", licence_url="a.l::attr(href)", next_page="a.next",
    )  # fmt: skip
    first, second, skip, after = found
    assert isinstance(first, Media)
    assert isinstance(second, Media)
    assert first.urls == ("https://cdn.example/x/1.jpg",)
    assert first.sighting.source == "gallery:site.example/gallery"
    assert first.sighting.title == "A cottage"
    assert first.sighting.author == "Ada Lovelace"
    assert (first.sighting.licence, first.sighting.licence_url) == ("CC BY", "https://cdn.example/by")
    assert first.sighting.page_url == START
    assert (second.sighting.title, second.sighting.author) == ("Tavern", "")
    assert skip == Skip("no picture in the item")
    assert after == Ask("https://cdn.example/x/?page=2")


def test_items_may_have_pages_of_their_own() -> None:
    found = read('<li><a href="p/1">1</a></li><li><a href="p/1">again</a></li><li>none</li>', page="a")
    one = Ask(START + "p/1", {"item": True})
    assert found == [one, one, Skip("no link to a page of its own")]
    (found_there,) = read("<h1>Mill</h1><img id=full src=/1.png>", one, page="a", media="#full", title="h1")
    assert isinstance(found_there, Media)
    assert found_there.sighting.title == "Mill"
    assert found_there.sighting.post == START + "p/1"
    assert found_there.urls == ("https://site.example/1.png",)


def test_pages_that_refuse_such_use_give_nothing() -> None:
    html = '<meta name="Robots" content="index, NoAI"><li><img src="1.jpg"></li><a class=next href=2>2</a>'
    assert read(html, next_page="a.next") == [Skip("the page says noai"), Ask(START + "2")]
    assert read("<li><img src=1.jpg></li>", status=404) == []


@pytest.mark.parametrize("html", ["", "<", "\0\0", "<li><img src='http://[::1'></li>", "<base href='http://['>" * 3])
def test_broken_pages_raise_nothing(html: str) -> None:
    assert media(read(html)) == []


def test_a_wrong_selector_is_one_sentence() -> None:
    with pytest.raises(HouseganError, match=r"scrape.galleries: item 'li\[' is no CSS selector"):
        GallerySource(GalleryConfig.model_validate({"start_urls": [START], "item": "li["}))

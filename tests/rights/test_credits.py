import base64
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from housegan.catalog import Catalog, Decision, Sighting
from housegan.rights.credits import Credit, grouped, web_link
from housegan.rights.markdown import escaped, link
from tests.rights.conftest import Add

Housegan = Callable[..., subprocess.CompletedProcess[str]]
CHROMIUM = shutil.which("chromium")
HOSTILE = (
    "</title><script>alert(1)</script>\"'><img src=x onerror=alert(2)> [x](javascript:alert(3)) | `a` @you\u202e\n# h"
)


class Tags(HTMLParser):
    """All tags of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def story(number: int, licence: str = "CC0 1.0", **facts: str) -> Sighting:
    known = Sighting(
        "openverse", f"https://x.org/{number}.jpg", page_url=f"https://x.org/{number}", title=f"House {number}",
        author="Ada", licence=licence,
    )  # fmt: skip
    return replace(known, **facts)  # type: ignore[arg-type]


def test_the_page_names_every_kept_picture_by_its_licence(catalog: Catalog, add: Add, quick_housegan: Housegan) -> None:
    add(1, story(1, licence_url="https://creativecommons.org/publicdomain/zero/1.0/"))
    add(2, story(2, author="Grace"))
    add(3, story(3, licence=""))
    add(4, Sighting("import", "folder/4.jpg", title="mine"))
    rejected = add(5, story(5, "CC BY 4.0"))
    catalog.record([Decision(rejected, "quality", 1, "c", "reject", reason="too small")])
    done = quick_housegan("credits", "houses")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "        2  CC0 1.0", "        2  Licence unknown",
        "data/houses/credits/credits.html", "data/houses/credits/CREDITS.md",
    ]  # fmt: skip
    page = Tags(Path("data/houses/credits/credits.html").read_text())
    links = [values["href"] for tag, values in page.tags if tag == "a"]
    assert links == [
        "#l0", "#l1", "https://creativecommons.org/publicdomain/zero/1.0/", "https://x.org/1", "https://x.org/2",
        "https://x.org/3",
    ]  # fmt: skip
    assert "Their sources name no licence" in " ".join(page.words)
    assert {"House 1", "House 2", "House 3", "mine", "by Ada", "by Grace", "author unknown"} <= set(page.words)
    markdown = Path("data/houses/credits/CREDITS.md").read_text()
    assert r"## [CC0 1\.0](<https://creativecommons.org/publicdomain/zero/1.0/>) (2)" in markdown
    assert len(re.findall(r"!\[\]\(thumbnails/[0-9a-f]{64}\.webp\)", markdown)) == 4

    everything = quick_housegan("credits", "houses", "--all", "--to", "elsewhere")
    assert "        1  CC BY 4.0" in everything.stdout
    assert len(list(Path("elsewhere/thumbnails").iterdir())) == 5


def test_thumbnails_are_small_and_hold_nothing_else_of_the_file(
    catalog: Catalog, add: Add, quick_housegan: Housegan
) -> None:
    add(1)
    quick_housegan("credits", "houses")
    (path,) = Path("data/houses/credits/thumbnails").iterdir()
    with Image.open(path) as image:
        assert (image.format, image.size) == ("WEBP", (96, 72))
        assert not image.getexif()
        assert "icc_profile" not in image.info
    page = Path("data/houses/credits/credits.html").read_text()
    (data,) = re.findall(r'src="data:image/webp;base64,([^"]+)"', page)
    assert base64.b64decode(data) == path.read_bytes()


def test_a_picture_that_can_not_be_read_still_has_its_author(
    catalog: Catalog, add: Add, quick_housegan: Housegan
) -> None:
    one = add(1, story(1))
    catalog.original(one, "JPEG").write_bytes(b"\xff\xd8\xffnonsense")
    done = quick_housegan("credits", "houses")
    assert done.returncode == 0
    assert "no thumbnail of data/houses/originals/" in done.stdout
    page = Tags(Path("data/houses/credits/credits.html").read_text())
    assert {"House 1", "by Ada", "can’t be shown"} <= set(page.words)


def test_what_is_no_longer_kept_leaves_the_page_and_its_thumbnail_goes(
    catalog: Catalog, add: Add, quick_housegan: Housegan
) -> None:
    one, two = add(1), add(2)
    quick_housegan("credits", "houses")
    Path("data/houses/credits/thumbnails/mine.webp").write_bytes(b"mine")
    catalog.record([Decision(one, "quality", 1, "c", "reject")])
    quick_housegan("credits", "houses")
    names = {path.name for path in Path("data/houses/credits/thumbnails").iterdir()}
    assert names == {f"{two}.webp", "mine.webp"}


def test_no_word_of_a_stranger_becomes_markup(catalog: Catalog, add: Add, quick_housegan: Housegan) -> None:
    add(1, Sighting("openverse", "javascript:alert(4)", HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE))
    assert quick_housegan("credits", "houses").returncode == 0
    page = Tags(Path("data/houses/credits/credits.html").read_text())
    assert {tag for tag, _ in page.tags} <= {
        "html", "head", "meta", "title", "style", "body", "header", "p", "h1", "nav", "ul", "li", "a", "b", "main",
        "section", "h2", "span", "div", "figure", "img", "figcaption",
    }  # fmt: skip
    assert not [name for _, values in page.tags for name in values if name.startswith("on")]
    assert [values["href"] for tag, values in page.tags if tag == "a"] == ["#l0"]
    (source,) = (str(values["src"]) for tag, values in page.tags if tag == "img")
    assert source.startswith("data:image/webp;")
    policy = next(values["content"] for _, values in page.tags if values.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:;")
    row = Path("data/houses/credits/CREDITS.md").read_text().splitlines()[-1]
    assert len(re.findall(r"(?<!\\)\|", row)) == 5, "a cell each, however many bars the title has"
    assert not re.search(r"(?<!\\)[`<>\[\]@]", row.partition(".webp)")[2])


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "data:text/html,x", "ftp://x.org/", "//x.org", "x.org", "", "https://", "https://x.org/\n",
        'https://x.org/"onclick="x', "https://x.org/<b>", "https://x.org/a b", "https://[::1", "https://x.org/\u202e",
    ],
)  # fmt: skip
def test_only_the_web_is_linked_to(address: str) -> None:
    assert web_link(address) == ""
    assert web_link("https://x.org/a?b=c&d=(e)#f") == "https://x.org/a?b=c&d=(e)#f"


def test_links_out_tell_nobody_where_one_came_from(catalog: Catalog, add: Add, quick_housegan: Housegan) -> None:
    add(1, story(1))
    quick_housegan("credits", "houses")
    page = Tags(Path("data/houses/credits/credits.html").read_text())
    out = [values for tag, values in page.tags if tag == "a" and str(values["href"]).startswith("http")]
    assert out
    assert {values["rel"] for values in out} == {"noopener noreferrer nofollow"}
    assert ("meta", {"name": "referrer", "content": "no-referrer"}) in page.tags


def test_groups_go_by_size_and_the_unknown_come_last() -> None:
    def credit(licence: str, link: str = "") -> Credit:
        return Credit("t", "a", "", licence, link, None)

    names = ["Licence unknown"] * 5 + ["CC0"] * 2 + ["CC BY"] * 3
    groups = grouped([credit(name) for name in names] + [credit("CC0", "https://x.org")])
    assert [(group.licence, len(group.credits)) for group in groups] == [
        ("CC BY", 3),
        ("CC0", 3),
        ("Licence unknown", 5),
    ]
    assert groups[1].link == "https://x.org"


def test_markdown_is_escaped() -> None:
    assert escaped("a*b_[c](d)<e>|`f`#g@h:i") == r"a\*b\_\[c\]\(d\)\<e\>\|\`f\`\#g\@h\:i"
    assert escaped("\\") == "\\\\"
    assert link("a|b", "https://x.org/(a)|b") == r"[a\|b](<https://x.org/%28a%29%7Cb>)"


def test_an_empty_set_says_so(catalog: Catalog, quick_housegan: Housegan) -> None:
    done = quick_housegan("credits", "houses")
    assert done.returncode == 0
    assert "keeps no pictures: the page is empty" in done.stdout


@pytest.mark.browser
@pytest.mark.shared
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # playwright's own loop handling
def test_a_browser_shows_all_pictures_without_asking_anybody(
    workdir: Path, shared: Path, quick_housegan: Housegan
) -> None:
    from playwright.sync_api import sync_playwright

    Path("few").mkdir()
    for path in sorted((shared / "monet").glob("*.jpg"))[:12]:
        shutil.copy(path, "few")
    quick_housegan("import", "monet", "few")
    quick_housegan("credits", "monet")
    asked: list[str] = []
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        papers = []
        for scheme in ("light", "dark"):
            page = browser.new_page(color_scheme=scheme, viewport={"width": 1200, "height": 2400})
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: complaints.append(message.text))
            page.goto(Path("data/monet/credits/credits.html").resolve().as_uri(), wait_until="load")
            deadline = time.monotonic() + 30  # waiting in the page would take eval, which it forbids
            while not page.evaluate("[...document.images].every(image => image.complete)"):
                assert time.monotonic() < deadline
                page.wait_for_timeout(50)
            assert page.evaluate("[...document.images].filter(image => image.naturalWidth > 99).length") == 12
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            papers.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        browser.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert len(set(papers)) == 2

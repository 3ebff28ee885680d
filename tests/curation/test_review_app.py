"""The page's server: what the page asks for by HTTP, and that nothing it was told is saved is ever lost."""

import io
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from curation.review.app import opened
from curation.review.serve import review
from curation.review.state import id_of
from housegan.catalog import Catalog, Crop, Decision, Pair, Sha256, Sighting
from housegan.catalog.rights import by_digest
from housegan.config import SetConfig
from housegan.config.sets import IntakeConfig
from housegan.errors import HouseganError
from housegan.rights.purge import carry_out, planned
from housegan.thumbnails import kept_at
from tests.curation.conftest import Add, Paint
from tests.curation.rows import fill
from tests.web.asking import Answer, Browser, served

Opened = Callable[[], Browser]


@pytest.fixture
def page(catalog: Catalog) -> Iterator[Opened]:
    """Open windows of the page of the set `houses`, as it is when the first one is opened."""
    with opened("houses", SetConfig()) as page, served(page.app()) as window:
        yield window


@pytest.fixture
def digests(add: Add, paint: Paint) -> list[Sha256]:
    """Four real pictures."""
    return [add(paint(seed, 400 + seed, 300), name=f"House {seed}") for seed in range(4)]


def change(window: Browser, number: int, sha256: Sha256, *, name: str = "w", seen: int = 0, **what: Any) -> Answer:
    """Decide on one picture."""
    changes = [{"id": id_of(sha256), "seen": seen, **what}]
    return window.post("/api/decide", {"window": name, "number": number, "changes": changes})


def told(window: Browser, *digests: Sha256) -> Any:
    return window.get(f"/api/pictures?ids={','.join(map(id_of, digests))}").json


def decoded(answer: Answer) -> Image.Image:
    assert answer.headers["content-type"] == "image/webp"
    return Image.open(io.BytesIO(answer.body))


def test_the_page_names_its_set_and_loads_nothing_from_elsewhere(digests: list[Sha256], page: Opened) -> None:
    window = page()
    answer = window.get("/")
    assert answer.status == 200
    assert "houses" in re.findall("<title>(.*)</title>", answer.text)[0]
    loaded = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert loaded
    for address in loaded:
        assert address.startswith("/static/")
        assert window.get(address).status == 200, address
    for outside in ("/static/../pages.py", "/static/%2e%2e/pages.py", "/static/review/..%2fapp.py", "/static/"):
        assert window.get(outside).status == 404


def test_a_session_by_http_ends_in_the_catalog(catalog: Catalog, digests: list[Sha256], page: Opened) -> None:
    first, second = sorted(digests[2:])
    catalog.record_pairs([Pair(first, second, None, 40)])
    window = page()
    assert window.get("/api/index").json == {"ids": sorted(map(id_of, digests)), "last": 0}
    answer = change(window, 1, digests[0], verdict="reject", reason="a ship")
    (picture,) = answer.json["pictures"]
    assert (picture["verdict"], picture["reason"], picture["by"], picture["seen"]) == ("reject", "a ship", "person", 1)
    assert catalog.person_verdicts() == {digests[0]: "reject"}
    assert change(window, 2, digests[1], crop=[1, 2, 200]).json["pictures"][0]["crop"] == [1, 2, 200]
    pair = {"first": id_of(first), "second": id_of(second), "seen": 0, "same": True, "keep": id_of(first)}
    answer = window.post("/api/pair", {"window": "w", "number": 3, **pair})
    same = {"first": id_of(first), "second": id_of(second), "same": True}
    assert answer.json["pair"] == same
    assert {one["id"]: one["by"] for one in answer.json["pictures"]} == {id_of(first): "person", id_of(second): None}
    assert window.get("/api/changes?since=1").json["last"] == 3
    assert len(window.get("/api/changes?since=1").json["pictures"]) == 2
    assert window.get("/api/index?show=rejected&kind=a+ship&q=house").json["ids"] == [id_of(digests[0])]
    summary = window.get("/api/summary").json
    assert (summary["name"], summary["found"], summary["kept"], summary["judged"]) == ("houses", 4, 3, 2)
    assert summary["rejected"] == [{"kind": "a ship", "count": 1}]
    undone = [window.post("/api/undo", {"window": "w", "number": number}).json for number in (4, 5, 6, 7)]
    assert [one["undone"] for one in undone] == [2, 1, 1, 0]
    assert undone[0]["pairs"] == [{**same, "same": None}]
    assert undone[1]["pictures"][0]["crop_by"] is None
    assert catalog.person_verdicts() == {}


def test_two_windows_do_not_overwrite_each_other(catalog: Catalog, digests: list[Sha256], page: Opened) -> None:
    ours, theirs = page(), page()
    assert change(ours, 1, digests[0], name="ours", verdict="keep").status == 200
    refused = change(theirs, 1, digests[0], name="theirs", verdict="reject")
    assert refused.status == 409
    (picture,) = refused.json["conflicts"]
    assert (picture["verdict"], picture["seen"]) == ("keep", 1)
    assert catalog.person_verdicts() == {digests[0]: "keep"}
    assert change(theirs, 2, digests[0], name="theirs", seen=1, verdict="reject").status == 200
    assert [one["verdict"] for one in ours.get("/api/changes?since=1").json["pictures"]] == ["reject"]


def test_a_title_that_holds_html_stays_text(catalog: Catalog, digests: list[Sha256], page: Opened) -> None:
    title = "</script><img src=x onerror=alert(1)> \u2028 \u202e"
    catalog.add([(digests[0], 1, None, Sighting("reddit", "m", title=title, author="a"))])
    answer = page().get(f"/api/pictures?ids={id_of(digests[0])}")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json[0]["title"] == title


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/index?show=nothing", 400), ("/api/index?order=chance", 400), ("/api/changes?since=-1", 400),
        ("/api/changes", 400), ("/api/pictures?ids=%27", 400), ("/api/pictures?ids=ABCDEF0123456789", 400),
        ("/api/pictures?ids=" + ",".join(["0" * 16] * 201), 400), ("/api/nothing", 404), ("/api/decide", 405),
        ("/thumb/0000000000000000", 404), ("/thumb/..%2f..%2fcatalog.sqlite", 404), ("/picture/%2e%2e", 404),
        ("/picture/catalog.sqlite", 404),
    ],
)  # fmt: skip
def test_what_there_is_not_is_refused_with_a_sentence(page: Opened, address: str, status: int) -> None:
    answer = page().get(address)
    assert answer.status == status
    if not address.startswith(("/thumb/..", "/picture/%")):
        assert answer.json["error"]


# Pictures


def test_thumbnails_are_made_once_and_kept_by_content(catalog: Catalog, digests: list[Sha256], page: Opened) -> None:
    window = page()
    answer = window.get(f"/thumb/{id_of(digests[1])}")
    assert decoded(answer).size == (240, 180)
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    path = kept_at(catalog.folder, digests[1])
    assert path.read_bytes() == answer.body
    Image.new("RGB", (9, 9)).save(path)  # what is there isn't made again
    assert decoded(window.get(f"/thumb/{id_of(digests[1])}")).size == (9, 9)
    path.write_bytes(b"")  # as a power cut leaves it
    assert window.get(f"/thumb/{id_of(digests[1])}").body == answer.body


def test_the_larger_copy_is_encoded_anew_and_no_larger_than_it_has_to_be(add: Add, paint: Paint, page: Opened) -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    large, small = add(paint(1, 2600, 1300), exif=exif), add(paint(2, 300, 400), format="PNG")
    window = page()
    answer = window.get(f"/picture/{id_of(large)}")
    assert decoded(answer).size == (1280, 640)
    assert b"where I live" not in answer.body
    assert not decoded(answer).getexif()
    assert decoded(window.get(f"/picture/{id_of(small)}")).size == (300, 400)


def test_thumbnails_are_made_ahead_in_the_order_of_the_view(
    catalog: Catalog, digests: list[Sha256], page: Opened
) -> None:
    window = page()
    window.get("/api/index?order=title")
    deadline = time.monotonic() + 30
    while len(there := [sha256 for sha256 in digests if kept_at(catalog.folder, sha256).is_file()]) < 4:
        assert time.monotonic() < deadline, there
        time.sleep(0.05)
    assert not list((catalog.folder / "thumbnails").rglob(".*"))
    times = [kept_at(catalog.folder, sha256).stat().st_mtime_ns for sha256 in digests]
    assert times == sorted(times)


def test_an_original_that_can_not_be_read_is_a_grey_picture_with_its_reason(
    catalog: Catalog, digests: list[Sha256], page: Opened
) -> None:
    catalog.original(digests[0], "JPEG").unlink()
    catalog.original(digests[1], "JPEG").write_bytes(b"\xff\xd8\xff nonsense")
    window = page()
    for sha256, reason in ((digests[0], "it can't be read"), (digests[1], "damaged JPEG")):
        for kind in ("thumb", "picture"):
            answer = window.get(f"/{kind}/{id_of(sha256)}")
            assert (answer.status, answer.headers["cache-control"]) == (404, "no-store")
            pixels = np.asarray(decoded(answer))
            assert (pixels == pixels[0, 0, 0]).all()
        assert reason in told(window, sha256)[0]["unreadable"]
        assert not kept_at(catalog.folder, sha256).exists()
    assert change(window, 1, digests[0], verdict="reject").status == 200
    assert decoded(window.get(f"/thumb/{id_of(digests[2])}")).size == (240, 179)


def test_a_file_that_hangs_its_decoder_costs_its_own_picture_alone(
    catalog: Catalog, add: Add, paint: Paint, digests: list[Sha256]
) -> None:
    config = SetConfig(intake=IntakeConfig(max_megapixels=0.2))
    large = add(paint(9, 800, 600))
    with opened("houses", config) as page, served(page.app()) as window:
        assert window().get(f"/thumb/{id_of(large)}").status == 404
        assert "too many" in told(window(), large)[0]["unreadable"]
        assert window().get(f"/thumb/{id_of(digests[0])}").status == 200


def test_a_purge_while_the_page_is_open_leaves_no_thumbnail(
    catalog: Catalog, digests: list[Sha256], page: Opened
) -> None:
    window = page()
    for sha256 in digests[:2]:
        assert window.get(f"/thumb/{id_of(sha256)}").status == 200
    carry_out(catalog, planned(catalog, by_digest(catalog, digests[0])))
    assert window.get(f"/thumb/{id_of(digests[0])}").status == 404
    assert window.get("/api/summary").json["found"] == 3
    assert [one["id"] for one in told(window, *digests[:2])] == [id_of(digests[1])]
    assert not kept_at(catalog.folder, digests[0]).exists()
    assert change(window, 1, digests[0], verdict="keep").status == 404


# The process


RUN = """
from curation.review.serve import review
from housegan.config import SetConfig
review("houses", SetConfig(), port=0, open_browser=False)
"""


class Server:
    """The command's own function in a process of its own."""

    def __init__(self, environment: dict[str, str]) -> None:
        environment = {**environment, "PYTHONPATH": str(Path(__file__).parents[2])}
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        assert self.process.stderr
        self.said = ""
        while not (found := re.search(r"Open http://127\.0\.0\.1:(\d+)(/\?token=\S+)\n", self.said)):
            line = self.process.stdout.readline()
            assert line, self.process.stderr.read()
            self.said += line
        self.browser = Browser(int(found[1]))
        self.browser.cookie = self.browser.get(found[2]).headers["set-cookie"].partition(";")[0]

    def end(self, how: signal.Signals) -> str:
        """Send a signal; returns what is printed from then on."""
        assert self.process.stdout
        assert self.process.stderr
        self.process.send_signal(how)
        said, self.complaints = self.process.stdout.read(), self.process.stderr.read()
        self.process.wait(30)
        self.process.stdout.close()
        self.process.stderr.close()
        self.browser.close()
        return said


@pytest.fixture
def start(catalog: Catalog, command_environment: dict[str, str]) -> Iterator[Callable[[], Server]]:
    """Start servers in processes."""
    started: list[Server] = []

    def start() -> Server:
        started.append(Server(command_environment))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.end(signal.SIGKILL)


def test_ctrl_c_ends_well_and_says_what_was_decided(
    catalog: Catalog, digests: list[Sha256], start: Callable[[], Server]
) -> None:
    catalog.record([Decision(digests[0], "quality", 1, "c", "keep", Crop(0, 0, 300))])
    server = start()
    for number, (sha256, verdict) in enumerate(zip(digests, ("keep", "keep", "reject"), strict=False), 1):
        assert change(server.browser, number, sha256, verdict=verdict).status == 200
    said = server.end(signal.SIGINT)
    assert (server.process.returncode, server.complaints) == (0, "")
    assert said.endswith(
        "Ctrl-C ends it; nothing is lost.\n"
        "Decided: 2 pictures kept, 1 picture rejected. `housegan curate houses` packs what is kept.\n"
    )
    nothing = start()
    assert nothing.end(signal.SIGINT).splitlines()[-1].startswith("Nothing was decided.")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_server_killed_in_the_middle_has_lost_nothing_that_it_acknowledged(
    catalog: Catalog, start: Callable[[], Server]
) -> None:
    digests = fill(catalog, 3_000)
    server = start()
    acknowledged: list[tuple[Sha256, str]] = []
    enough = threading.Event()

    def decide() -> None:
        for number, sha256 in enumerate(digests, 1):
            verdict = ("keep", "reject")[number % 3 == 0]
            try:
                answer = change(server.browser, number, sha256, verdict=verdict)
            except OSError:
                return
            if answer.status == 200:
                acknowledged.append((sha256, verdict))
            if len(acknowledged) == 100:
                enough.set()

    person = threading.Thread(target=decide)
    person.start()
    assert enough.wait(60)
    time.sleep(0.05)
    server.end(signal.SIGKILL)
    person.join()
    assert 100 <= len(acknowledged) < len(digests)
    recorded = catalog.person_verdicts()
    assert dict(acknowledged).items() <= recorded.items()
    assert len(recorded) <= len(acknowledged) + 1, "what was under way may be there, and nothing else"

    again = start()
    number = len(recorded) + 1
    assert again.browser.post("/api/undo", {"window": "w", "number": number}).json["undone"] == 1
    assert again.browser.get("/api/summary").json["judged"] == len(recorded) - 1
    again.end(signal.SIGINT)


def test_a_set_that_is_not_there_or_empty_says_what_to_do(workdir: Path) -> None:
    with pytest.raises(HouseganError, match="housegan scrape nothing"):
        review("nothing", SetConfig(), port=0, open_browser=False)
    with Catalog(Path("data/empty")), pytest.raises(HouseganError, match="housegan import empty FOLDER"):
        review("empty", SetConfig(), port=0, open_browser=False)

"""What the timeline's server answers, and whom."""

import asyncio
import io
import json
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image

from housegan.errors import HouseganError
from housegan.explore.samples import drawn
from housegan.explore.timeline import timeline
from housegan.explore.timeline.app import Timeline
from housegan.explore.timeline.drawing import Drawing
from housegan.run.folder import Run
from housegan.run.snapshots import snapshot_at, snapshots
from tests.explore.conftest import Made
from tests.web.asking import Browser, served

Serve = Callable[[Run], Browser]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve a run's page, and give a browser that has been let in."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start(run: Run) -> Browser:
            drawing = stack.enter_context(Drawing(range(3)))
            return stack.enter_context(served(Timeline(run, drawing).app()))()

        yield start


def test_it_tells_what_there_is_by_now(made: Made, serve: Serve) -> None:
    run = made(judged=True)
    browser = serve(run)
    told = browser.get("/api/run").json
    assert [row["images"] for row in told["snapshots"]] == [2000, 4000, 6000, 8000, 10000, 12000]
    assert [stage["name"] for stage in told["stages"]] == ["pretrain", "finetune"]
    assert told["stages"][1]["images"] == 6000
    assert [one["images"] for one in told["judged"]] == [3000, 6000, 9000, 12000]
    assert (told["best"], told["favourites"], told["scores"]) == (12000, [], None)
    snapshot_at(run, "images:4000").path.unlink()  # thinned away
    (run.path / "generators" / "000000006000.safetensors").write_bytes(b"damaged")
    assert [row["images"] for row in browser.get("/api/run").json["snapshots"]] == [2000, 8000, 10000, 12000]


def test_a_run_that_nobody_judged_shows_scores(made: Made, serve: Serve) -> None:
    told = serve(made()).get("/api/run").json
    assert (told["best"], told["judged"]) == (None, [])
    assert told["scores"]["real"] == [0.7] * 12


def test_a_sheet_is_what_the_generator_draws_from_these_seeds(made: Made, serve: Serve) -> None:
    run = made()
    answer = serve(run).get("/sheet/4000")
    assert answer.headers["content-type"] == "image/webp"
    assert "no-store" in answer.headers["cache-control"]  # another run's page may come to this address
    with Image.open(io.BytesIO(answer.body)) as image:
        column = np.asarray(image.convert("RGB"))
    pictures = np.concatenate(list(drawn(snapshot_at(run, "images:4000").generator(), range(3))))
    assert (column == pictures).all()


def test_sheets_are_kept_within_their_room_and_drawn_once(made: Made) -> None:
    every = snapshots(made())

    async def look(drawing: Drawing) -> list[bytes]:
        twice = await asyncio.gather(*(drawing.sheet(every[0]) for _ in range(2)))
        return [*twice, *[await drawing.sheet(one) for one in every]]

    with Drawing(range(2)) as drawing:
        first, again, *_ = asyncio.run(look(drawing))
        assert first is again
        whole = drawing.kept_bytes
    with Drawing(range(2), room_bytes=whole // 2) as drawing:
        asyncio.run(look(drawing))
        assert 0 < drawing.kept_bytes <= whole // 2


def test_a_generator_that_was_let_go_is_said_to_be_gone(made: Made, serve: Serve) -> None:
    run = made()
    browser = serve(run)
    assert browser.get("/sheet/4000").status == 200
    snapshot_at(run, "images:4000").path.unlink()
    for answer in (browser.get("/sheet/4000"), browser.post("/api/favourite", {"images": 4000, "name": ""})):
        assert answer.status == 410
        assert "let go for room" in answer.json["error"]
    assert not (run.path / "notes.jsonl").exists()
    (run.path / "generators" / "000000006000.safetensors").write_bytes(b"damaged")
    assert "damaged" in browser.get("/sheet/6000").json["error"]


def test_a_favourite_is_a_line_of_the_notes_and_found_by_every_command(made: Made, serve: Serve) -> None:
    run = made()
    answer = serve(run).post("/api/favourite", {"images": 4000, "name": "the <b>blue</b> towers "})
    assert answer.json == {"favourites": [{"images": 4000, "name": "the <b>blue</b> towers"}]}
    line = json.loads((run.path / "notes.jsonl").read_text())
    assert line == {"kind": "favourite", "images": 4000, "name": "the <b>blue</b> towers"}
    assert snapshot_at(run, "favourite").images == 4000


@pytest.mark.parametrize(
    "posted",
    [{}, {"images": "4000"}, {"images": -1}, {"images": 4000, "name": "x" * 201}, {"images": 4000, "at": 1}, []],
)
def test_what_makes_no_sense_is_refused(made: Made, serve: Serve, posted: object) -> None:
    run = made(ticks=4)
    answer = serve(run).post("/api/favourite", posted)
    assert (answer.status, bool(answer.json["error"])) == (400, True)
    assert not (run.path / "notes.jsonl").exists()


def test_strangers_pages_change_and_see_nothing(made: Made, serve: Serve) -> None:
    run = made(ticks=4)
    browser = serve(run)
    body = json.dumps({"images": 4000}).encode()
    ours = browser.ours
    evil = [("origin", "http://evil.example"), *ours[1:]]
    rebound = ("host", f"evil.example:{browser.port}")
    assert browser.ask("POST", "/api/favourite", *evil, body=body).status == 403
    assert browser.ask("POST", "/api/favourite", *ours[:2], body=body).status == 403  # as a form would
    assert browser.ask("POST", "/api/favourite", rebound, *ours, body=body).status == 421
    for path in ("/", "/api/run", "/sheet/4000", "/static/timeline/timeline.js"):
        assert browser.get(path, rebound).status == 421
        assert browser.get(path, ("cookie", f"housegan-{browser.port}=guessed")).status == 403
        assert browser.get(path).status == 200
    for path in ("/sheet/-1", "/sheet/x", "/sheet/../config.yaml", "/static/timeline/../app.py"):
        assert browser.get(path).status in (404, 405), path
    assert not (run.path / "notes.jsonl").exists()


def test_a_run_without_generators_says_so(made: Made) -> None:
    with pytest.raises(HouseganError, match="has no generator yet"):
        timeline(made(ticks=1), seeds=range(1), port=0, open_browser=False, say=print)

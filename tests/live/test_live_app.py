"""The page's server: it answers its own page alone, and what makes no sense with a sentence."""

import json
import time
from collections.abc import Callable, Iterator

import pytest

from housegan.live.app import Live
from housegan.run.folder import Run
from housegan.run.lines import read_lines
from housegan.run.standing import Standing, show
from tests.web.asking import Browser, served


@pytest.fixture
def browser(written: Run) -> Iterator[Callable[[], Browser]]:
    with served(Live(written).app()) as browser:
        yield browser


NAME = "00001-blobs-skies"


def test_strangers_other_hosts_and_other_pages_are_kept_out(browser: Callable[[], Browser], written: Run) -> None:
    show(written, Standing())
    ours = browser()
    api = f"/api/{NAME}/wish"
    body = json.dumps({"kind": "stop"}).encode()
    stranger = Browser(ours.port)
    assert stranger.get(f"/run/{NAME}").status == 403
    assert stranger.post(api, {"kind": "stop"}).status == 403
    assert ours.get("/", ("host", "evil.example")).status == 421
    origin, kind, header = ours.ours
    assert ours.ask("POST", api, ("origin", "http://evil.example"), kind, header, body=body).status == 403
    assert ours.ask("POST", api, origin, kind, body=body).status == 403
    assert ours.ask("POST", api, origin, ("content-type", "text/plain"), header, body=body).status == 415
    assert ours.get(api).status == 405
    assert read_lines(written.path / "wishes.jsonl") == []
    assert ours.post(api, {"kind": "stop"}).status == 200
    assert [line["kind"] for line in read_lines(written.path / "wishes.jsonl")] == ["stop"]
    stranger.close()


@pytest.mark.parametrize("kind", ["rm", "", None, ["stop"]])
def test_a_wish_is_one_that_training_knows(kind: object, browser: Callable[[], Browser], written: Run) -> None:
    show(written, Standing())
    answer = browser().post(f"/api/{NAME}/wish", {"kind": kind})
    assert answer.status == 400
    assert "kind" in answer.json["error"]
    assert not (written.path / "wishes.jsonl").exists()


def test_a_run_that_nobody_trains_takes_no_wishes(browser: Callable[[], Browser], written: Run) -> None:
    answer = browser().post(f"/api/{NAME}/wish", {"kind": "stop"})
    assert (answer.status, answer.json) == (409, {"error": "Nobody trains this run now."})
    assert not (written.path / "wishes.jsonl").exists()


def test_the_address_leads_to_the_run_and_no_other_file_is_served(browser: Callable[[], Browser], written: Run) -> None:
    ours = browser()
    assert ours.get("/").headers["location"] == f"/run/{NAME}"
    assert f"<option selected>{NAME}</option>" in ours.get(f"/run/{NAME}").text
    grid = ours.get(f"/grid/{NAME}/000000001200.png?version=1")
    assert grid.body == (written.path / "samples/000000001200.png").read_bytes()
    for path in (
        f"/grid/{NAME}/real.png", f"/grid/{NAME}/..%2Fconfig.yaml", f"/grid/{NAME}/pretrain%2Freal.png",
        f"/grid/{NAME}/000000001201.png", "/grid/..%2F..%2Fetc/000000001200.png", "/run/00009-none", "/api/00009-none",
    ):  # fmt: skip
        assert ours.get(path).status == 404, path
    assert ours.get(f"/api/{NAME}").json["parts"].keys() == {"now", "grids", "curves", "facts"}


def test_a_branch_is_shown_as_a_command_and_one_that_can_not_be_stops_nothing(
    browser: Callable[[], Browser], written: Run
) -> None:
    ours = browser()
    path = f"/api/{NAME}/branch"
    shown = ours.get(f"{path}?images=1300&rate=0.5").json
    assert shown["images"] == 2400
    assert shown["last_stage_alone"]
    assert shown["command"].startswith("housegan train --data skies --recipe quick --size 32 --seed 3 --device cpu")
    assert shown["command"].endswith(f"--from runs/{NAME}/generators/000000002400.safetensors --new")
    assert ours.get(f"{path}?images=0").json["command"].startswith("housegan train --pretrain blobs --finetune skies")
    for query in ("", "?images=x", "?images=-1", "?images=0&rate=2"):
        assert ours.get(path + query).status == 400
    show(written, Standing())
    assert ours.post(path, {"images": 0, "rate": 1, "words": ["rm"]}).status == 400
    assert ours.post(path, {"images": 0}).json["phase"] == "checking"
    assert ours.post(path, {"images": 0}).status == 409  # one at a time
    while (branch := ours.get(f"/api/{NAME}").json["branch"])["phase"] == "checking":
        time.sleep(0.05)
    assert branch["phase"] == "failed"
    assert branch["said"].startswith("Nothing was stopped, the branch can't begin: The pictures are not here yet: run")
    assert not (written.path / "wishes.jsonl").exists()

"""What the page is told of a run's folder."""

import json
import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from housegan.errors import HouseganError
from housegan.live.command import branch_of, command_of
from housegan.live.command import written as as_typed
from housegan.live.view import View, moment
from housegan.run.folder import Run, find_run
from housegan.run.lines import append_line
from housegan.run.metrics import Judged, stage_ends, ticks
from housegan.run.standing import Standing, show


class Command(Protocol):
    """A command in a process of its own."""

    out: str
    err: str

    def wait(self) -> int: ...


Start = Callable[..., Command]
TINY = [
    "--size", 32, "--batch", 4, "--device", "cpu", "--set", "model.generator_channels=4", "--set", "watch.grid=2",
    "--set", "model.discriminator_channels=4", "--set", "model.latent_dim=8", "--set", "watch.tick_images=40",
]  # fmt: skip


def value(view: View, name: str) -> Any:
    return view.news({})[name]["value"]


def test_what_is_known_is_not_told_again(written: Run) -> None:
    view = View(written)
    news = view.news({})
    assert news.keys() == {"now", "grids", "curves", "facts"}
    known = {name: part["digest"] for name, part in news.items()}
    assert view.news(known) == {}
    append_line(written.path / "notes.jsonl", {"kind": "lowered", "images": 800, "rate": 0.5})
    assert view.news(known).keys() == {"curves", "facts"}
    assert value(view, "curves")["lowered"] == [800]
    json.dumps(news, allow_nan=False)


def test_a_grid_knows_its_stage_and_epoch(written: Run) -> None:
    grids = value(View(written), "grids")
    assert [(images, stage, epoch) for images, _, stage, epoch in grids] == [
        (0, "pretrain", 0.0), (1200, "pretrain", 60.0), (2400, "finetune", 60.0)
    ]  # fmt: skip
    lines = ticks(written)
    assert moment(1220, lines) == ("finetune", 1.0)
    assert moment(2420, lines) == ("finetune", 61.0)  # newer than the last line
    assert moment(7, []) == ("", 0.0)
    assert stage_ends(lines) == [1200]


def test_thousands_of_ticks_are_hundreds_of_points(written: Run) -> None:
    path = written.path / "metrics.jsonl"
    last = ticks(written)[-1]
    with path.open("a") as file:
        for number in range(1, 5001):
            loss = 50.0 if number == 2500 else 1.0
            images = last["images"] + number * 40
            file.write(json.dumps(last | {"images": images, "loss_g": loss}) + "\n")
    curves = value(View(written), "curves")
    assert len(curves["images"]) == len(curves["loss_g"]["mid"]) == 400
    assert max(curves["loss_g"]["high"]) == 50.0
    assert curves["images"][-1] == last["images"] + 5000 * 40
    assert len(json.dumps(curves)) < 100_000


def test_evaluations_are_drawn_and_the_last_one_is_the_verdict(written: Run, judged: Callable[..., Judged]) -> None:
    line = judged(images=2400, kid_lite0=3.5, kid_lite0_error=0.25, kid_lite0_real=0.1, said="It still gets better.")
    append_line(written.path / "metrics.jsonl", line.model_dump())
    view = View(written)
    assert value(view, "curves")["kid"] == [{"images": 2400, "kid": 3.5, "error": 0.25, "real": 0.1}]
    assert value(view, "now")["verdict"] == "It still gets better."
    assert len(value(view, "curves")["images"]) == 60


def test_how_it_stands_is_told_by_lock_and_standing(written: Run) -> None:
    view = View(written)
    assert view.phase() == "stopped"
    with written.locked():
        show(written, Standing(stage="finetune", stage_images=1300, of=2000, seconds_left=99.0))
        now = value(view, "now")
        assert (now["phase"], now["images"], now["seconds_left"]) == ("training", 2500, 700 / 40)
        show(written, Standing(stage="finetune", stage_images=1300, of=2000, paused=True))
        assert value(view, "now")["phase"] == "paused"
    os.utime(written.path / "standing.json", (0, 0))  # nobody has written since
    assert (view.phase(), value(view, "now")["images"]) == ("died", 2400)
    show(written, Standing(trouble="No number any more."))
    assert (view.phase(), value(view, "now")["trouble"]) == ("failed", "No number any more.")
    (written.path / "finished").touch()
    assert view.phase() == "finished"


def test_a_branch_begins_with_the_nearest_generator_that_is_kept(written: Run) -> None:
    view = View(written)
    assert [view.generator_near(images).stem.lstrip("0") for images in (0, 1100, 1300)] == ["", "", "2400"]
    for path in written.generators():
        path.unlink()
    with pytest.raises(HouseganError, match="has no generator yet"):
        view.generator_near(0)


# Commands


def test_a_run_s_command_is_the_one_that_trains_exactly_it(start: Start, workdir: Path) -> None:
    odd = [
        "--seed",
        5,
        "--set",
        "finetune.betas=[0.4, 0.99]",
        "--set",
        "finetune.augment=[color]",
        "--precision",
        "fp32",
    ]
    trained = start("train", "--data", "skies", *TINY, *odd, "--images", 40)
    assert trained.wait() == 0, trained.err
    config = find_run("1").config()
    words = shlex.split(as_typed(command_of(config)))[1:]
    again = start(*words)
    assert again.wait() == 0, again.err
    assert "runs/00001-skies is finished already." in again.out
    both = start("train", "--pretrain", "blobs", "--finetune", "skies", *TINY, "--images", "80+40", "--seed", 6)
    assert both.wait() == 0, both.err
    run = find_run("2")
    again = start(*command_of(run.config()))
    assert again.wait() == 0, again.err
    assert "runs/00002-blobs-skies is finished already." in again.out
    for stage, lines in (("pretrain", 2), ("finetune", 1)):
        branch = start(*branch_of(run.config(), run.generators()[0], stage=stage, rate=0.5), "--dry-run")
        assert branch.wait() == 0, branch.err
        said = branch.out.splitlines()
        assert said[0].startswith("Recipe default, 32 × 32 px, seed 6, cpu ")
        assert [line.split(":")[0] for line in said[1 : 1 + lines]] == ["pretrain", "finetune"][-lines:]
        assert said[-2] == "beginning with runs/00002-blobs-skies/generators/000000000000.safetensors"
    words = branch_of(run.config(), run.generators()[0], stage="finetune", rate=0.5)
    assert "finetune.learning_rate=0.0001" in words
    assert words[-1] == "--new"

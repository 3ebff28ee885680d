"""What a page wishes of a run in training: the real command waits, goes on, slows down and ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from housegan.run.checkpoints import checkpoints, load_last
from housegan.run.folder import Run, all_runs
from housegan.run.lines import read_lines
from housegan.run.standing import Observer, Standing, show
from housegan.run.wishes import Inbox, wish
from tests.train.conftest import Command, Start, Until

SKIES = [
    "train", "--data", "skies", "--size", 32, "--batch", 4, "--set", "model.generator_channels=4",
    "--set", "model.discriminator_channels=4", "--set", "model.latent_dim=8", "--set", "watch.tick_images=40",
    "--set", "watch.grid=2", "--device", "cpu",
]  # fmt: skip
FOREVER = "10000000"


def metrics(run: Run) -> list[dict[str, Any]]:
    return read_lines(run.path / "metrics.jsonl")


def standing(run: Run) -> Standing:
    return Observer(run).standing() or Standing()


@pytest.fixture
def training(start: Start, workdir: Path, until: Until) -> Callable[[str], tuple[Command, Run]]:
    """Begin a run and wait for its first line of metrics."""

    def training(images: str) -> tuple[Command, Run]:
        command = start(*SKIES, "--images", images)
        until(lambda: all_runs() and metrics(all_runs()[0]))
        return command, all_runs()[0]

    return training


def test_a_run_that_only_waited_is_the_undisturbed_run(
    start: Start, workdir: Path, tmp_path: Path, until: Until, training: Callable[[str], tuple[Command, Run]]
) -> None:
    command, run = training(FOREVER)
    wish(run, "pause")
    until(lambda: standing(run).paused and checkpoints(run))
    paused = load_last(run)
    assert paused is not None
    stands = standing(run).stage_images
    assert paused["images"] == stands
    time.sleep(2)
    goes_on = time.monotonic()
    wish(run, "go on")
    until(lambda: metrics(run)[-1]["images"] > stands + 80)
    command.send(signal.SIGTERM)
    assert command.wait() == 0, command.err
    assert command.err.index("Paused from the page.") < command.err.index("Going on.")
    after = load_last(run)
    assert after is not None
    assert after["seconds"] - paused["seconds"] < time.monotonic() - goes_on  # it didn't count what it waited
    last = metrics(run)[-1]["images"]
    undisturbed = start(*SKIES, "--images", last, folder=tmp_path / "quiet")
    assert undisturbed.wait() == 0, undisturbed.err
    assert metrics(run) == metrics(Run(tmp_path / "quiet/runs/00001-skies"))
    assert not (run.path / "standing.json").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_ends_a_run_that_waits_and_what_it_waited_is_no_training_time(
    number: int, code: int, until: Until, training: Callable[[str], tuple[Command, Run]]
) -> None:
    command, run = training(FOREVER)
    wish(run, "pause")
    until(lambda: standing(run).paused and checkpoints(run))
    assert Observer(run).alive()
    command.send(number)
    assert command.wait() == code, command.err
    assert "Stopped and saved in runs/00001-skies. To go on: " in command.out + command.err
    state = load_last(run)
    assert state is not None
    lines = read_lines(run.path / "timing.jsonl")
    assert state["images"] >= lines[-1]["images"]


def test_a_stop_ends_as_by_a_signal_and_is_not_heard_again_by_the_next_process(
    start: Start, workdir: Path, until: Until, training: Callable[[str], tuple[Command, Run]]
) -> None:
    command, run = training(FOREVER)
    other = Run(workdir / "runs/00002-skies")
    other.path.mkdir()
    wish(other, "pause")  # of another run
    wish(run, "stop")
    assert command.wait() == 0, command.err
    assert "Stopped and saved in runs/00001-skies. To go on: " in command.out
    before = metrics(run)[-1]["images"]
    again = start(*SKIES, "--images", FOREVER)
    until(lambda: metrics(run)[-1]["images"] > before)
    assert not again.ended()
    again.send(signal.SIGTERM)
    assert again.wait() == 0


def test_lowered_rates_are_halved_noted_saved_and_go_on_in_the_next_process(
    start: Start, until: Until, training: Callable[[str], tuple[Command, Run]]
) -> None:
    command, run = training(FOREVER)
    wish(run, "lower")
    until(run.notes)
    wish(run, "pause")
    until(lambda: standing(run).paused)
    wish(run, "lower")  # while it waits
    until(lambda: (load_last(run) or {}).get("rate") == 0.25)
    command.send(signal.SIGKILL)
    command.wait()
    [first, second] = run.notes()
    assert (first["kind"], first["rate"], second["rate"]) == ("lowered", 0.5, 0.25)
    state = load_last(run)
    assert state is not None
    assert state["images"] == second["images"]
    assert state["generator_optimizer"]["param_groups"][0]["lr"] == 2e-4 / 4
    assert standing(run).paused  # nobody took it away
    again = start(*SKIES, "--images", FOREVER)
    until(lambda: metrics(run)[-1]["images"] > second["images"])
    again.send(signal.SIGTERM)
    assert again.wait() == 0
    state = load_last(run)
    assert state is not None
    assert state["rate"] == 0.25


def test_a_wish_is_heard_once_and_nonsense_never(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("housegan.run.wishes.LOOK_EVERY_S", 0)
    run = Run(tmp_path)
    wish(run, "stop")
    inbox = Inbox(run)
    assert inbox.new() == []
    wish(run, "pause")
    with (run.path / "wishes.jsonl").open("a") as file:
        file.write('[]\n{"kind": ["stop"]}\nnonsense\n\xff\n{"kind": "rm -rf"}\n{"kind": "go on"}\n{"kind": "st')
    assert inbox.new() == ["pause", "go on"]
    assert inbox.new() == []
    with (run.path / "wishes.jsonl").open("a") as file:
        file.write('op"}\n')
    assert inbox.new() == ["stop"]


def test_the_file_is_looked_at_twice_a_second_at_most(tmp_path: Path) -> None:
    run = Run(tmp_path)
    inbox = Inbox(run)
    assert inbox.new() == []
    wish(run, "stop")
    assert inbox.new() == []


def test_who_looks_believes_what_is_fresh_and_tries_the_lock_of_what_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path)
    observer = Observer(run)
    assert not observer.alive()
    assert not (tmp_path / "lock").exists()  # where nobody trains nobody's lock is touched
    show(run, Standing(stage="finetune"))
    assert observer.alive()
    monkeypatch.setattr("housegan.run.standing.FRESH_S", -1.0)
    with run.locked():
        assert observer.alive()  # a long evaluation
    assert not observer.alive()
    with run.locked():
        assert not observer.alive()  # begins just now: not looked at again until it shows itself
        show(run, Standing(stage="pretrain"))
        assert observer.alive()
    show(run, Standing(trouble="The disk is full."))
    assert not observer.alive()
    (tmp_path / "standing.json").write_text(json.dumps({"stage": 3}))
    assert observer.standing() is None


def test_of_several_processes_the_first_hears_and_all_obey(workdir: Path, curated: Path, until: Until) -> None:
    (workdir / "data").symlink_to(curated)
    words = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "housegan"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}  # torchrun's own warnings
    with subprocess.Popen(
        [*words, *map(str, SKIES), "--images", FOREVER], cwd=workdir, env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        run = Run(workdir / "runs/00001-skies")
        try:
            until(lambda: (run.path / "environment.json").exists() or process.poll() is not None)
            until(lambda: metrics(run) or process.poll() is not None)
            wish(run, "pause")
            until(lambda: standing(run).paused and checkpoints(run))
            wish(run, "lower")
            until(lambda: (load_last(run) or {}).get("rate") == 0.5)
            wish(run, "stop")
            out, err = process.communicate(timeout=60)
        finally:
            process.terminate()  # and with it those that it started
    assert process.returncode == 0, err
    assert out.count("To go on: run the same torchrun command again") == 1

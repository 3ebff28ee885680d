"""`housegan train` as people use it: begun, stopped, gone on with, and told what can't be."""

import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from housegan.run.checkpoints import checkpoints
from housegan.run.folder import Run, all_runs
from housegan.run.lines import read_lines
from tests.train.conftest import Start, Until

TINY = [
    "--size", 32, "--batch", 4, "--set", "model.generator_channels=4", "--set", "model.discriminator_channels=4",
    "--set", "model.latent_dim=8", "--set", "watch.tick_images=40", "--set", "watch.grid=2",
]  # fmt: skip
SKIES = ["train", "--data", "skies", *TINY]
BOTH = ["train", "--pretrain", "blobs", "--finetune", "skies", *TINY]


Housegan = Callable[..., subprocess.CompletedProcess[str]]


def images(run: Run) -> list[int]:
    return [line["images"] for line in read_lines(run.path / "metrics.jsonl")]


def timing(run: Run) -> list[dict[str, Any]]:
    return read_lines(run.path / "timing.jsonl")


# Stopping and going on


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGUSR1, 0), (signal.SIGINT, 130)])
def test_a_signal_saves_says_how_to_go_on_and_the_same_command_does(
    number: signal.Signals, code: int, start: Start, workdir: Path, until: Until
) -> None:
    command = [*BOTH, "--images", "120+120"]
    stopped = start(*command)
    until(lambda: all_runs() and images(all_runs()[0]))
    stopped.send(number)
    assert stopped.wait() == code, stopped.err
    sentence = f"Stopped and saved in runs/00001-blobs-skies. To go on: housegan {shlex.join(map(str, command))}"
    assert (stopped.out if code == 0 else stopped.err).splitlines()[-1].endswith(sentence)
    assert "Traceback" not in stopped.err
    [run] = all_runs()
    [saved] = [checkpoint.images for checkpoint in checkpoints(run)][-1:]
    assert not run.finished

    again = start(*command)
    assert again.wait() == 0, again.err
    assert again.err.splitlines()[0] == f"Resumed at {saved} images."
    assert "Run: runs/00001-blobs-skies" in again.out
    assert again.out.splitlines()[-1].startswith("Done: runs/00001-blobs-skies. Next: housegan sample 1, ")
    assert all_runs() == [run]
    assert run.finished
    assert images(run) == [40, 80, 120, 160, 200, 240]


def test_after_so_many_hours_it_saves_and_ends_well(start: Start, workdir: Path) -> None:
    command = [*SKIES, "--images", 1_000_000, "--max-hours", 0.0005]  # 1.8 s
    stopped = start(*command, "--new")
    assert stopped.wait() == 0, stopped.err
    assert stopped.out.splitlines()[-1].endswith(f"To go on: housegan {shlex.join(map(str, command))}")
    [run] = all_runs()
    assert len(checkpoints(run)) == 1
    assert not run.finished
    assert 0 < checkpoints(run)[0].images < 1_000_000


def test_ctrl_c_twice_ends_at_once_without_a_traceback(start: Start, workdir: Path, until: Until) -> None:
    stopped = start(*SKIES, "--images", 100_000, "--batch", 512)
    until(lambda: "Run: " in stopped.out)
    until(lambda: (workdir / "runs/00001-skies/samples/finetune/augmented.png").exists())
    for _ in range(2):
        stopped.send(signal.SIGINT)
        time.sleep(0.02)
    assert stopped.wait() in (1, 130), stopped.err
    assert "Traceback" not in stopped.err


def test_a_finished_run_is_said_lengthened_or_begun_anew(start: Start, workdir: Path) -> None:
    def run(*more: str | int) -> str:
        command = start(*SKIES, *more)
        assert command.wait() == 0, command.err
        return command.out

    run("--images", 80)
    files = {path: path.stat().st_mtime_ns for path in Path("runs").rglob("*") if path.is_file()}
    told = run("--images", 80)
    assert told.splitlines()[-1] == (
        "runs/00001-skies is finished already. Train longer with a larger budget, or anew with --new."
    )
    assert {path: path.stat().st_mtime_ns for path in Path("runs").rglob("*") if path.is_file()} == files

    assert "Done: runs/00001-skies" in run("--images", 120)
    assert images(all_runs()[0]) == [40, 80, 120]
    assert "Done: runs/00002-skies" in run("--images", 40, "--new")
    assert "Done: runs/00003-skies" in run("--images", 40, "--seed", 5)
    assert "Done: runs/00004-skies" in run("--images", 40, "--set", "finetune.learning_rate=1e-4")
    assert "Done: runs/00002-skies" in run("--images", 80), "the newest of the same config"
    assert images(all_runs()[1]) == [40, 80]
    assert [run.name for run in all_runs()] == [f"0000{n}-skies" for n in range(1, 5)]


def test_another_pack_of_the_same_set_is_another_run(start: Start, workdir: Path, curated: Path) -> None:
    shutil.copytree(curated, workdir / "data")
    assert start(*SKIES, "--images", 40).wait() == 0
    assert (
        start(
            "curate", "skies", "--size", 32, "--set", "curate.min_side_px=64", "--set", "curate.min_sharpness=0"
        ).wait()
        == 0
    )
    again = start(*SKIES, "--images", 40)
    assert again.wait() == 0
    assert "Run: runs/00002-skies" in again.out


# Budgets


def test_a_budget_in_minutes_ends_with_the_step_that_reaches_it_over_all_resumptions(
    start: Start, workdir: Path, until: Until
) -> None:
    command = [*BOTH, "--minutes", "0.02+0.05", "--set", "watch.tick_images=4"]
    stopped = start(*command)
    until(lambda: all_runs() and [line for line in timing(all_runs()[0]) if line["seconds"] > 1.2 + 1.5])
    stopped.send(signal.SIGTERM)
    assert stopped.wait() == 0
    assert start(*command).wait() == 0
    [run] = all_runs()
    assert run.finished
    seconds = [line["seconds"] for line in timing(run)]
    stages = [line["stage"] for line in read_lines(run.path / "metrics.jsonl")]
    end = stages.index("finetune") - 1
    assert seconds[end - 1] <= 0.02 * 60 <= seconds[end] + 0.001
    assert seconds[-2] - seconds[end] <= 0.05 * 60 <= seconds[-1] - seconds[end] + 0.001


def test_a_dry_run_says_what_would_be_trained_and_starts_nothing(start: Start, workdir: Path) -> None:
    dry = start(*BOTH, "--images", "1k+2k", "--dry-run")
    assert dry.wait() == 0
    lines = dry.out.splitlines()
    assert lines.pop(3).startswith("memory: about ")
    assert lines == [
        "Recipe default, 32 × 32 px, seed 0, cpu fp32",
        "pretrain: 44 pictures, batch 4, 1,000 images",
        "finetune: 22 pictures, batch 4, 2,000 images",
        "Nothing was started (--dry-run).",
    ]
    assert dry.err == ""
    assert not Path("runs").exists()


# What can't be


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--pretrain", "socal", "--finetune", "imaginary"],
            "then `housegan curate socal`, then `housegan scrape imaginary`",
        ),
        (["--pretrain", "skies", "--finetune", "skies"], "take two different sets; with one set use `--data NAME`."),
        (
            ["--data", "skies", "--size", "128"],
            "run `housegan curate skies --size 128` first, or train with `--size 64`.",
        ),
        (["--data", "skies", "--size", "48"], "--size 48 must be one of 32, 64, 128, 256, 512."),
        (["--data", "skies", "--size", "32", "--images", "many"], "--images 'many' must look like 10, 4+6 or 200k."),
        (["--data", "skies", "--size", "32", "--set", "finetune.eps=0"], "has 1 mistake: finetune.eps: "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_can_not_be_is_one_sentence_and_exit_code_1(
    arguments: list[str], sentence: str, start: Start, workdir: Path
) -> None:
    refused = start("train", *arguments)
    assert refused.wait() == 1
    assert refused.out == ""
    assert len(refused.err.splitlines()) == 1
    assert refused.err.startswith("housegan: ")
    assert sentence in refused.err
    assert not Path("runs").exists()


def test_wrong_usage_is_exit_code_2(start: Start, workdir: Path) -> None:
    for arguments in (["--seed", "-1"], ["--size", "large"], ["--nonsense"]):
        assert start("train", "--data", "skies", *arguments).wait() == 2
    together = start("train", "--data", "skies", "--finetune", "skies")
    assert together.wait() == 2
    assert "Give --data for one stage, or --pretrain and --finetune for two." in together.err
    alone = start("train", "--pretrain", "skies")
    assert alone.wait() == 2
    assert "Say what to learn: --pretrain A --finetune B for two stages, or --data B for one." in alone.err


def test_the_command_as_typed_trains_and_warns_of_nothing(housegan: Housegan, workdir: Path, curated: Path) -> None:
    (workdir / "data").symlink_to(curated)
    done = housegan(*map(str, SKIES), "--images", "40", timeout_s=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[3:] == [
        "Run: runs/00001-skies",
        "Done: runs/00001-skies. Next: housegan sample 1, housegan video 1, housegan plot 1",
    ]
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("finetune 40 images, ")

"""Runs of the real command: killed, resumed, broken down, out of room; and one that learns."""

import io
import json
import os
import random
import resource
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from housegan.curated import current_set, reduced
from housegan.dataset import ALL, TrainingSet, as_bytes
from housegan.run.checkpoints import checkpoints, load_last
from housegan.run.folder import Run, new_run
from housegan.run.lines import read_lines
from housegan.run.metrics import evaluations
from housegan.run.snapshots import snapshot_at, snapshots
from housegan.train.console import Listener
from housegan.train.loop import train
from housegan.train.prepare import Wishes, prepare
from tests.train.conftest import Start, Until

TINY = [
    "--size", 32, "--batch", 4, "--set", "model.generator_channels=4", "--set", "model.discriminator_channels=4",
    "--set", "model.latent_dim=8", "--set", "watch.tick_images=40", "--set", "watch.grid=2",
]  # fmt: skip
JUDGED = ["--set", "watch.judge_images=200", "--set", "watch.judge_samples=20"]
OFTEN = ["--set", "watch.checkpoint_minutes=0.005"]
TWO_STAGES = ["train", "--pretrain", "blobs", "--finetune", "skies", *TINY]
ONE_STAGE = ["train", "--data", "skies", *TINY]
GROWING = [
    *ONE_STAGE, "--size", 64, "--set", "model.global_side=32", "--set", "model.detail_channels=4",
    "--set", "pretrain.low_resolution={}", "--set", "finetune.low_resolution={32: 0.5}",
]  # fmt: skip


def only_run(folder: Path) -> Run:
    [path] = (folder / "runs").glob("0*")
    return Run(path)


def images_so_far(folder: Path) -> int:
    """Images in the last line of metrics, 0 before the first."""
    lines = [line for path in (folder / "runs").glob("0*/metrics.jsonl") for line in read_lines(path)]
    return lines[-1]["images"] if lines else 0


def has_shown(folder: Path, images: int) -> bool:
    return images_so_far(folder) >= images


def outcome(run: Run) -> dict[str, Any]:
    """All that a run leaves but what the clock and the machine say."""
    state = load_last(run)
    assert state is not None
    del state["seconds"], state["stage_seconds"]
    kept = [path for path in sorted(run.path.rglob("*")) if path.is_file() and path.parent.name != "checkpoints"]
    files = {str(path.relative_to(run.path)): path.read_bytes() for path in kept}
    assert {"timing.jsonl", "environment.json"} <= files.keys()
    clocked = ("timing.jsonl", "environment.json", "lock")
    return {"state": state} | {name: data for name, data in files.items() if name not in clocked}


def differences(one: Any, other: Any, where: str = "") -> list[str]:
    """Where two outcomes differ, bit for bit."""
    if isinstance(one, dict) and isinstance(other, dict):
        both = [key for key in one if key in other]
        lacking = [f"{where}/{key} is in one alone" for key in one.keys() ^ other.keys()]
        return lacking + [text for key in both for text in differences(one[key], other[key], f"{where}/{key}")]
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        return [
            text for n, pair in enumerate(zip(one, other, strict=True)) for text in differences(*pair, f"{where}/{n}")
        ]
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return [] if one.dtype == other.dtype and torch.equal(one, other) else [where]
    return [] if type(one) is type(other) and one == other else [where]


# Resuming


def test_a_run_killed_three_times_is_the_undisturbed_run_bit_for_bit(
    start: Start, workdir: Path, tmp_path: Path, until: Until
) -> None:
    command = [*TWO_STAGES, *OFTEN, *JUDGED, "--images", "400+400"]
    quiet = tmp_path / "quiet"
    undisturbed = start(*command, folder=quiet)
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    for limit in sorted(chance.sample(range(560), 3)):
        killed = start(*command)
        until(partial(has_shown, workdir, limit))
        until(lambda: chance.random() < 0.2)
        killed.send(signal.SIGKILL)
        assert killed.wait() == -signal.SIGKILL, killed.err
    last = start(*command)
    assert (last.wait(), undisturbed.wait()) == (0, 0), last.err
    assert "Resumed at" in last.err
    expected, found = outcome(only_run(quiet)), outcome(only_run(workdir))
    assert differences(expected, found) == [], f"with seed {seed}"
    assert len(expected["state"]["generator_optimizer"]["state"]) == 11
    assert expected["metrics.jsonl"].count(b"\n") == 20 + 4, "ticks, and two evaluations a stage"
    assert expected["metrics.jsonl"].count(b"kid_lite0_error") == 4
    assert len([name for name in expected if name.startswith("generators/")]) == 21
    assert not list(only_run(workdir).path.rglob(".*")), "nothing half written is left"
    starts = json.loads((only_run(workdir).path / "environment.json").read_text())
    assert 2 <= len(starts) <= 4, "one may have been killed before it began"


def test_a_run_killed_before_its_first_checkpoint_begins_again(start: Start, workdir: Path, until: Until) -> None:
    command = [*ONE_STAGE, "--images", 120]
    killed = start(*command)
    until(lambda: images_so_far(workdir))
    killed.send(signal.SIGKILL)
    killed.wait()
    run = only_run(workdir)
    for name in ("checkpoints/.000000000040-abc.pt.77", "samples/finetune/.real.png.77", "out/.film.png.77"):
        (run.path / name).parent.mkdir(exist_ok=True)
        (run.path / name).write_bytes(b"half written")
    assert start(*command).wait() == 0
    assert [line["images"] for line in read_lines(only_run(workdir).path / "metrics.jsonl")] == [40, 80, 120]
    assert [snapshot.images for snapshot in snapshots(only_run(workdir))] == [0, 40, 80, 120]
    left = [path.name for path in run.path.rglob(".*")]
    assert left == [".film.png.77"], "nothing half written is left but what another command may be writing"


def test_a_damaged_newest_checkpoint_is_said_and_the_one_before_is_taken(start: Start, workdir: Path) -> None:
    command = [*ONE_STAGE, *OFTEN, "--images"]
    assert start(*command, 200).wait() == 0
    run = only_run(workdir)
    before, newest = checkpoints(run)[-2:]
    whole = outcome(run)
    newest.path.write_bytes(newest.path.read_bytes()[:-5])
    again = start(*command, 202)
    assert again.wait() == 0, again.err
    lines = again.err.splitlines()
    assert lines[0].startswith("runs/00001-skies/checkpoints/")
    assert lines[0].endswith("is damaged: its bytes are not the ones that were saved. The one before is taken.")
    assert lines[1] == f"Resumed at {before.images} images."
    newest.path.unlink(missing_ok=True)
    assert (
        whole["generators/000000000200.safetensors"] == (run.path / "generators/000000000200.safetensors").read_bytes()
    )

    for checkpoint in checkpoints(run):
        checkpoint.path.write_bytes(b"x")
    none = start(*command, 300)
    assert none.wait() == 1
    assert none.err.splitlines()[-1] == (
        "housegan: No checkpoint of runs/00001-skies is whole: start again with --new."
    )


# What is written


def test_a_run_writes_what_readers_count_on(start: Start, workdir: Path) -> None:
    done = start(*TWO_STAGES, "--images", "90+120")
    assert done.wait() == 0, done.err
    run = only_run(workdir)
    lines = read_lines(run.path / "metrics.jsonl")
    assert [(line["stage"], line["images"], line["stage_images"]) for line in lines] == [
        ("pretrain", 40, 40), ("pretrain", 80, 80), ("pretrain", 92, 92),
        ("finetune", 120, 28), ("finetune", 160, 68), ("finetune", 200, 108), ("finetune", 212, 120),
    ]  # fmt: skip
    assert lines[2]["epoch"] == round(92 / 44, 4)
    assert lines[-1]["epoch"] == round(120 / 22, 4)
    names = {"loss_d", "loss_g", "score_real", "score_real_std", "score_fake", "score_fake_std", "waited"}
    assert all(names <= line.keys() for line in lines)
    timing = read_lines(run.path / "timing.jsonl")
    assert [line["images"] for line in timing] == [line["images"] for line in lines]
    assert all(line["images_per_second"] > 0 for line in timing)

    kept = snapshots(run)
    assert [snapshot.images for snapshot in kept] == [0, 40, 80, 92, 132, 172, 212]
    assert [snapshot.moment().stage for snapshot in kept] == ["pretrain"] * 4 + ["finetune"] * 3
    assert (kept[3].moment().epoch, kept[-1].moment().epoch) == (92 / 44, 120 / 22)
    for snapshot in kept:
        with Image.open(run.path / f"samples/{snapshot.path.stem}.png") as grid:
            assert grid.size == (2 * 32 + 2, 2 * 32 + 2)
    assert run.finished
    assert {path.name for path in (run.path / "samples").iterdir() if path.is_dir()} == {"pretrain", "finetune"}


def test_the_batch_that_is_shown_is_real_pictures_and_the_same_ones_augmented(start: Start, workdir: Path) -> None:
    start(*ONE_STAGE, "--images", 4).wait()
    run = only_run(workdir)
    with Image.open(run.path / "samples/finetune/real.png") as real:
        pixels = np.asarray(real)
    pack = current_set("skies", at_least=32)
    known = reduced(pack.images(), 32)[[not row.held_out for row in pack.rows()]]
    known = np.concatenate([known, known[:, :, ::-1]])
    for top, left in ((0, 0), (0, 34), (34, 0), (34, 34)):
        shown = pixels[top : top + 32, left : left + 32]
        assert (known == shown).all(axis=(1, 2, 3)).any()
    with Image.open(run.path / "samples/finetune/augmented.png") as augmented:
        assert augmented.size == real.size
        assert np.abs(np.asarray(augmented).astype(int) - pixels).mean() > 5


def test_the_last_snapshot_is_the_average_of_the_last_checkpoint(start: Start, workdir: Path) -> None:
    start(*ONE_STAGE, "--images", 80).wait()
    run = only_run(workdir)
    state = load_last(run)
    assert state is not None
    loaded = snapshot_at(run, "last").generator().state_dict()
    for name, tensor in state["average"].items():
        expected = tensor.half().float() if tensor.dim() > 1 else tensor
        assert torch.equal(loaded[name], expected)
    assert not torch.equal(state["average"]["layers.0.weight"], state["generator"]["layers.0.weight"])


def test_with_a_half_life_of_0_the_generator_itself_is_shown(start: Start, workdir: Path) -> None:
    start(*ONE_STAGE, "--images", 40, "--set", "watch.half_life_images=0").wait()
    state = load_last(only_run(workdir))
    assert state is not None
    assert differences(state["average"], state["generator"]) == []


def test_a_cap_on_disk_lets_go_of_every_second_generator(start: Start, workdir: Path) -> None:
    command = [*ONE_STAGE, "--batch", 40, "--images"]
    start(*command, 40).wait()
    size = snapshots(only_run(workdir))[0].path.stat().st_size
    start(*command, 800, "--seed", 1, "--set", f"watch.snapshot_disk_mb={6 * size / 1e6:.6f}").wait()
    kept = [snapshot.images for snapshot in snapshots(Run(workdir / "runs/00002-skies"))]
    assert len(kept) <= 6
    assert (kept[0], kept[-1]) == (0, 800)
    assert len(list((workdir / "runs/00002-skies/samples").glob("0*.png"))) == 21, "the film keeps its pictures"


def test_in_bf16_a_run_keeps_single_precision_weights(start: Start, workdir: Path) -> None:
    done = start(*ONE_STAGE, "--images", 24, "--precision", "bf16")
    assert done.wait() == 0, done.err
    assert "cpu bf16" in done.out
    state = load_last(only_run(workdir))
    assert state is not None
    for network in ("generator", "discriminator", "average"):
        assert {tensor.dtype for tensor in state[network].values()} <= {torch.float32, torch.int64}
        assert all(tensor.isfinite().all() for tensor in state[network].values())


# What goes wrong


def test_a_training_that_breaks_down_says_so_and_keeps_what_was_good(start: Start, workdir: Path) -> None:
    diverging = ["finetune.betas=[0, 0.5]", "finetune.eps=1e-50", "finetune.rectify=false"]  # steps double and double
    changes = [*diverging, "watch.checkpoint_minutes=1e-6", "watch.tick_images=3000"]  # a checkpoint a step
    command = [*TWO_STAGES, "--images", "60+2000", *(word for change in changes for word in ("--set", change))]
    for _ in range(2):
        broken = start(*command)
        assert broken.wait() == 1, broken.err
        sentence = broken.err.splitlines()[-1]
        assert sentence.startswith("housegan: Training broke down at ")
        assert "--set finetune.learning_rate=" in sentence
        assert broken.err.count("at half the rate (") == 3
        assert "Traceback" not in broken.err
        run = only_run(workdir)
        for checkpoint in checkpoints(run):
            state = checkpoint.load()
            assert all(
                tensor.isfinite().all() for name in ("generator", "discriminator") for tensor in state[name].values()
            )
        for snapshot in snapshots(run):
            assert all(tensor.isfinite().all() for tensor in snapshot.generator().state_dict().values())
        assert "NaN" not in (run.path / "metrics.jsonl").read_text()
    assert "Resumed at" in broken.err


class PoisonedOnce:
    """A stage's pictures, which are no numbers in one single batch."""

    def __init__(self, data: TrainingSet, *, after: int) -> None:
        self.data, self.after = data, after

    def __len__(self) -> int:
        return len(self.data)

    def at(self, side: int) -> "PoisonedOnce":
        assert side == self.data.side
        return self

    def batch(self, start: int, count: int, part: slice = ALL) -> Tensor:
        pictures = self.data.batch(start, count, part)
        if start >= self.after:
            self.after = 1_000_000
            pictures = pictures * torch.nan
        return pictures


@pytest.mark.parametrize("checkpoint_minutes", [1e-6, 5.0])
def test_one_breakdown_costs_a_way_back_and_half_the_rate(
    curated: Path, workdir: Path, caplog: pytest.LogCaptureFixture, checkpoint_minutes: float
) -> None:
    (workdir / "data").symlink_to(curated)
    changes = [str(word) for word in TINY if "=" in str(word)]
    changes += ["model.size=32", "finetune.batch=4", f"watch.checkpoint_minutes={checkpoint_minutes}"]
    prepared = prepare(Wishes("skies", images="240", device="cpu", precision="fp32", changes=changes))
    [stage] = prepared.stages
    poisoned = replace(stage, data=PoisonedOnce(stage.data, after=100))  # type: ignore[arg-type]
    run = new_run(prepared.config)
    assert train(
        run, prepared.config.recipe, [poisoned], seed=0, device=prepared.device, precision="fp32", watcher=Listener()
    )
    [warning] = [record.getMessage() for record in caplog.records if "broke down" in record.getMessage()]
    back_to = 100 if checkpoint_minutes < 1 else 0
    assert f"Back to {back_to} images, at half the rate (1 of 3)." in warning
    assert [line["images"] for line in read_lines(run.path / "metrics.jsonl")] == [40, 80, 120, 160, 200, 240]
    state = load_last(run)
    assert state is not None
    assert state["rate"] == 0.5
    assert state["generator_optimizer"]["param_groups"][0]["lr"] == stage.config.learning_rate / 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="file size limits are POSIX")
def test_on_a_full_disk_training_goes_on_and_writes_once_there_is_room(
    curated: Path, workdir: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("housegan.train.session.RETRY_S", 0.0)
    (workdir / "data").symlink_to(curated)
    changes = [str(word) for word in TINY if "=" in str(word)]
    changes += ["model.size=32", "finetune.batch=4", "watch.checkpoint_minutes=1e-6"]
    prepared = prepare(Wishes("skies", images="240", device="cpu", precision="fp32", changes=changes))
    run = new_run(prepared.config)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    class Full(Listener):
        def step(self, batch: int) -> None:
            shown = images_so_far(workdir) or 0
            limit = before[0] if caplog.records or shown < 80 else 8  # bytes: nothing fits any more
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))

    try:
        assert train(
            run, prepared.config.recipe, prepared.stages, seed=0, device=prepared.device, precision="fp32",
            watcher=Full(),
        )  # fmt: skip
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert any("The disk is full" in record.getMessage() for record in caplog.records)
    assert [line["images"] for line in read_lines(run.path / "metrics.jsonl")] == [40, 80, 120, 160, 200, 240]
    assert load_last(run)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_one_sentence_and_the_run_goes_on_later(start: Start, workdir: Path) -> None:
    command = [*ONE_STAGE, "--images"]
    assert start(*command, 40).wait() == 0
    path = only_run(workdir).path / "metrics.jsonl"
    before = path.read_bytes()
    path.unlink()
    path.symlink_to("/dev/full")
    full = start(*command, 120)
    assert full.wait() == 1
    assert full.err.splitlines()[-1].startswith("housegan: The disk is full")
    assert "Traceback" not in full.err
    path.unlink()
    path.write_bytes(before)
    assert start(*command, 120).wait() == 0
    assert [line["images"] for line in read_lines(path)] == [40, 80, 120]


def test_a_second_process_is_kept_out_while_the_first_trains(start: Start, workdir: Path, until: Until) -> None:
    command = [*ONE_STAGE, "--images", 100_000]
    first = start(*command)
    until(lambda: images_so_far(workdir))
    second = start(*command)
    assert second.wait() == 1
    assert second.err == (
        "housegan: Another process is training runs/00001-skies: wait for it, stop it, or start a run of its own with "
        "--new.\n"
    )
    other = start(*ONE_STAGE, "--images", 40, "--new")
    assert other.wait() == 0, other.err
    first.send(signal.SIGKILL)
    first.wait()
    third = start(*ONE_STAGE, "--images", 80)
    assert third.wait() == 0, third.err
    assert "Run: runs/00002-skies" in third.out


# Learning


def test_a_tiny_run_learns_that_the_sky_is_above(start: Start, workdir: Path) -> None:
    done = start(
        "train", "--data", "skies", "--size", 32, "--batch", 8, "--images", 2_400, "--set", "model.latent_dim=16",
        "--set", "model.generator_channels=8", "--set", "model.discriminator_channels=8",
        "--set", "watch.half_life_images=400", "--set", "finetune.learning_rate=1e-3",
    )  # fmt: skip
    assert done.wait() == 0, done.err
    run = only_run(workdir)
    z = torch.randn(100, 16, generator=torch.Generator().manual_seed(0))
    above = []
    for at in ("images:0", "last"):
        with torch.no_grad():
            pictures = as_bytes(snapshot_at(run, at).generator()(z)).astype(float)
        above.append(pictures[:, :16].mean(axis=(1, 2, 3)) - pictures[:, 16:].mean(axis=(1, 2, 3)))
    assert (above[0] > 40).mean() < 0.1, "not before it has learned anything"
    assert (above[1] > 40).mean() >= 0.9, "the real ones are about 140 levels apart"


def test_a_png_of_samples_is_what_the_snapshot_draws(start: Start, workdir: Path) -> None:
    start(*ONE_STAGE, "--images", 40).wait()
    data = (only_run(workdir).path / "samples/000000000040.png").read_bytes()
    with Image.open(io.BytesIO(data)) as grid:
        assert len({grid.crop((x, y, x + 32, y + 32)).tobytes() for x in (0, 34) for y in (0, 34)}) == 4


# Growing


def test_a_larger_budget_never_makes_grown_networks_smaller(start: Start, workdir: Path) -> None:
    assert start(*GROWING, "--images", 120).wait() == 0
    run = only_run(workdir)
    assert {one.generator().side for one in snapshots(run)} == {32, 64}
    longer = start(*GROWING, "--images", 600)
    assert longer.wait() == 0, longer.err
    later = [one.generator() for one in snapshots(run) if one.images > 120]
    assert len(later) > 3
    assert {generator.side for generator in later} == {64}


def test_a_stage_is_not_flat_before_it_has_grown(start: Start, workdir: Path) -> None:
    often = ["--set", "watch.judge_images=20", "--set", "watch.judge_samples=20", "--set", "watch.half_life_images=0"]
    still = ["--set", "finetune.learning_rate=1e-12", "--set", "watch.snapshot_growth=0.01"]
    soon = ["--set", "finetune.low_resolution={32: 0.3}", "--images", 900]
    done = start(*GROWING, *still, *often, *soon, "--stop-when-flat")
    assert done.wait(longest_s=180) == 0, done.err
    run = only_run(workdir)
    judged = evaluations(run)
    grown = min(one.images for one in snapshots(run) if one.images and one.generator().side == 64)
    assert sum(one.images < grown for one in judged if one.verdict == "flat") > 0, "it would have ended there"
    assert judged[-1].images >= grown + 200, "five evaluations of what has grown"


# Judging


def test_a_stage_that_gets_no_better_ends_and_the_next_one_begins(start: Start, workdir: Path) -> None:
    still = ["--set", "pretrain.learning_rate=1e-12", "--set", "finetune.learning_rate=1e-12"]
    often = ["--set", "watch.judge_images=40", "--set", "watch.judge_samples=20", "--set", "watch.half_life_images=0"]
    command = [*TWO_STAGES, *still, *often, "--images", "4000+4000", "--stop-when-flat"]
    done = start(*command)
    assert done.wait() == 0, done.err
    run = only_run(workdir)
    judged = evaluations(run)
    assert {one.stage: one.verdict for one in judged} == {"pretrain": "flat", "finetune": "flat"}
    assert run.finished
    assert load_last(run)["images"] < 4_000  # type: ignore[index]
    assert "No new best in 5 evaluations" in done.err
    best = min((one for one in judged if one.stage == "finetune"), key=lambda one: one.kid_lite0)
    assert snapshot_at(run, "best").images == best.images
    again = start(*command)
    assert again.wait() == 0
    assert "is finished already" in again.out

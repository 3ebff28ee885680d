"""Several processes under torchrun: the same training as one alone, and an end with a sentence where one is lost."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from housegan.config import load_recipe
from housegan.run.checkpoints import load_last
from housegan.run.folder import Run
from housegan.run.lines import read_lines
from tests.train.conftest import Command, Start

STEPS = """if True:
    import json, sys
    import torch
    from housegan import group
    from housegan.config import load_recipe
    from housegan.dataset import TrainingSet
    from housegan.train.state import TrainingState
    from housegan.train.step import training_step

    loss = sys.argv[1]
    recipe = load_recipe("default", json.loads(sys.argv[2]) + [f"finetune.loss={loss}"])
    cpu = torch.device("cpu")
    with group.joined(cpu):
        state = TrainingState(recipe, recipe.finetune, seed=0, device=cpu)
        state.generator.double(), state.discriminator.double(), state.average.double()
        state.tally = state.tally.double()
        torch.set_default_dtype(torch.float64)
        chance = torch.Generator().manual_seed(1)
        begun = {name: weights.clone() for name, weights in state.generator.named_parameters()}
        batch = recipe.finetune.batch
        for _ in range(20):
            real = torch.rand(batch, 3, recipe.model.size, recipe.model.size, generator=chance) * 2 - 1
            real = real[group.part(batch)]
            state.tally += training_step(state, real, recipe.finetune, seed=0)
            state.images += batch
            state.update_average(batch)
        if group.rank() == 0:
            moved = [name for name, weights in state.generator.named_parameters() if (weights != begun[name]).any()]
            torch.save(state.saved() | {"moved": moved}, sys.argv[3])
"""
TINY = ["model.size=32", "model.generator_channels=4", "model.discriminator_channels=4", "model.latent_dim=8"]
CHANGES = [*TINY, "finetune.batch=8"]
DETAIL = ["model.size=64", "model.global_side=32", "pretrain.low_resolution={}", "finetune.low_resolution={}"]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}  # torchrun's own warnings


@pytest.mark.parametrize(
    ("loss", "changes"),
    [
        ("bce", ["finetune.gate=0"]),
        ("relativistic", ["finetune.gate=0"]),
        ("relativistic", ["finetune.gate=0.55", *DETAIL]),
    ],
    ids=["bce", "relativistic", "gate-and-detail"],
)
def test_two_processes_take_the_steps_of_one(loss: str, changes: list[str], tmp_path: Path) -> None:
    (tmp_path / "steps.py").write_text(STEPS)
    outcomes = []
    for count, launcher in enumerate(([sys.executable], TORCHRUN), start=1):
        to = tmp_path / f"{count}.pt"
        arguments = [str(tmp_path / "steps.py"), loss, json.dumps([*CHANGES, *changes]), str(to)]
        subprocess.run([*launcher, *arguments], env=ENVIRONMENT, check=True, timeout=120, capture_output=True)
        outcomes.append(torch.load(to, weights_only=True))
    one, two = outcomes
    atol = 1e-9 if DETAIL[0] in changes else 1e-12  # the judge of patches adds up many logits of single precision
    for part in ("generator", "discriminator", "average"):
        for name, values in one[part].items():
            assert torch.allclose(values, two[part][name], rtol=1e-9, atol=atol), (part, name)
    assert torch.allclose(one["tally"], two["tally"], rtol=1e-6)
    fresh = load_recipe("default", CHANGES)
    assert one["images"] == two["images"] == 20 * fresh.finetune.batch
    assert one["moved"] == two["moved"]
    assert {"layers.0.weight", *(["detail.layers.0.weight"] if DETAIL[0] in changes else [])} <= {*one["moved"]}


def test_a_run_of_two_processes_is_written_once_and_resumed_by_one(workdir: Path, curated: Path, start: Start) -> None:
    (workdir / "data").symlink_to(curated)
    command = ["train", "--data", "skies", "--size", "32", "--batch", "4", "--device", "cpu"]
    command += [word for change in TINY[1:] for word in ("--set", change)]
    command += ["--set", "watch.tick_images=40", "--images"]
    ran = subprocess.run(
        [*TORCHRUN, "-m", "housegan", *command, "80"],
        cwd=workdir, env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("Done: runs/00001-skies") == 1
    run = Run(workdir / "runs/00001-skies")
    assert [line["images"] for line in read_lines(run.path / "metrics.jsonl")] == [40, 80]
    longer: Command = start(*command, "120")
    assert longer.wait() == 0, longer.err
    assert "Resumed at 80 images." in longer.err
    state = load_last(run)
    assert state is not None
    assert state["images"] == 120


def test_two_processes_that_break_down_go_back_together_and_end_with_the_same_sentence(
    workdir: Path, curated: Path
) -> None:
    (workdir / "data").symlink_to(curated)
    command = ["train", "--data", "skies", "--size", "32", "--batch", "4", "--device", "cpu", "--images", "100k"]
    command += [word for change in TINY[1:] for word in ("--set", change)]
    command += ["--set", "finetune.eps=1e-50", "--set", "finetune.learning_rate=1", "--set", "watch.tick_images=80"]
    ran = subprocess.run(
        [*TORCHRUN, "-m", "housegan", *command],
        cwd=workdir, env=ENVIRONMENT, capture_output=True, text=True, timeout=150, check=False,
    )  # fmt: skip
    assert ran.returncode != 0
    said = [line for line in ran.stderr.splitlines() if line.startswith("housegan: ")]
    assert said, ran.stderr
    assert all("Going back 3 times to what was good" in line for line in said), said
    assert "at half the rate (3 of 3)" in ran.stderr


def test_where_one_process_is_killed_the_other_ends_with_a_sentence(workdir: Path, curated: Path) -> None:
    (workdir / "data").symlink_to(curated)
    command = [sys.executable, "-m", "housegan", "train", "--data", "skies", "--size", "32", "--batch", "4"]
    command += ["--device", "cpu", "--images", "10000000", "--set", "watch.tick_images=40"]
    command += [word for change in TINY[1:] for word in ("--set", change)]
    together = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(20_000 + os.getpid() % 20_000)}
    processes = [
        subprocess.Popen(
            command, cwd=workdir, env={**ENVIRONMENT, **together, "RANK": rank, "LOCAL_RANK": rank},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for rank in "01"
    ]  # fmt: skip
    metrics = workdir / "runs/00001-skies/metrics.jsonl"
    give_up = time.monotonic() + 60
    while not read_lines(metrics):
        assert time.monotonic() < give_up, [process.poll() for process in processes]
        time.sleep(0.05)
    processes[1].send_signal(signal.SIGKILL)
    _, said = processes[0].communicate(timeout=60)
    processes[1].communicate()
    assert processes[0].returncode == 1
    last = said.strip().splitlines()[-1]
    assert last.startswith("housegan: Another process of this training has ended")
    assert "Traceback" not in said

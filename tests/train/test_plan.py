"""What a training would take: the estimate of memory against what it takes, and the choice of a size."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from housegan.config import load_recipe
from housegan.train import memory
from housegan.train.memory import Memory, Need, needed
from housegan.train.plan import Pace, chosen, measured, sizes_up_to

CPU = torch.device("cpu")
PEAK = """if True:
    import sys, torch
    from housegan.config import load_recipe
    from housegan.train.state import TrainingState
    from housegan.train.step import training_step

    torch.set_num_threads(1)
    def resident():
        with open("/proc/self/status") as status:
            return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in status if "kB" in line}
    def step(recipe, count):
        stage = recipe.finetune.model_copy(update={"batch": count, "gate": 0.0})  # a generator that waits takes less
        state = TrainingState(recipe, stage, seed=0, device=torch.device("cpu"))
        side = recipe.model.size
        for _ in range(2):
            training_step(state, torch.zeros(count, 3, side, side), stage, seed=0)
    step(load_recipe("quick"), 2)  # what the program itself takes
    before = resident()["VmRSS"]
    step(load_recipe("default", [f"model.size={sys.argv[1]}"]), int(sys.argv[2]))
    print(resident()["VmHWM"] - before)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="no /proc here")  # noqa: PTH110
@pytest.mark.parametrize(("size", "batch"), [(128, 16), (128, 32)])
def test_the_memory_that_is_told_is_what_it_takes_within_a_quarter(size: int, batch: int) -> None:
    recipe = load_recipe("default", [f"model.size={size}"])
    told = needed(recipe, recipe.finetune, device=CPU, precision="fp32").of(batch).total
    ran = subprocess.run(
        [sys.executable, "-c", PEAK, str(size), str(batch)],
        env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert told == pytest.approx(int(ran.stdout), rel=0.25)


def test_a_pace_is_measured_on_real_steps() -> None:
    recipe = load_recipe("quick", ["finetune.batch=4"])
    pace = measured(recipe, recipe.finetune, device=CPU, precision="fp32", seconds=0.2)
    assert pace.size == 32
    assert pace.images_per_second > 1
    assert pace.hours(pace.images_per_second * 7200) == pytest.approx(2 * pace.work)
    assert pace.disk_bytes > pace.memory.networks > 4 * 4 * 100_000


def test_the_largest_size_that_ends_in_time_and_fits_is_chosen() -> None:
    paces = [Pace(size, rate, Memory(size * 1000, 0), 0) for size, rate in ((64, 100.0), (128, 30.0), (256, 5.0))]
    in_an_hour = 30.0 * 3600
    assert chosen(paces, images=in_an_hour, hours=1, memory_bytes=10**9).size == 128
    assert chosen(paces, images=in_an_hour, hours=100, memory_bytes=10**9).size == 256
    assert chosen(paces, images=in_an_hour, hours=100, memory_bytes=200_000).size == 128
    assert chosen(paces, images=in_an_hour, hours=0.01, memory_bytes=10**9).size == 64


def test_sizes_are_those_that_the_pictures_allow() -> None:
    assert sizes_up_to(256) == [64, 128, 256]
    assert sizes_up_to(32) == [32]


STARVED = """if True:
    import resource, sys
    from pathlib import Path
    import housegan.train.loop, housegan.train.prepare
    from housegan.cli import main

    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + 600_000_000,) * 2)
    sys.argv = ["housegan", *sys.argv[1:]]
    main()
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="no /proc here")  # noqa: PTH110
def test_a_training_that_runs_out_of_memory_offers_a_micro_batch_that_fits(curated: Path, workdir: Path) -> None:
    (workdir / "data").symlink_to(curated)
    words = ["train", "--data", "skies", "--size", "64", "--images", "1k", "--batch", "1024", "--device", "cpu"]
    ran = subprocess.run(
        [sys.executable, "-c", STARVED, *words],
        env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stderr
    said = re.search(r"Out of memory: steps on 1024 pictures of 64 px take .*--micro-batch (\d+) takes", ran.stderr)
    assert said, ran.stderr
    assert "BatchNorm then sees" in ran.stderr
    assert 2 <= int(said[1]) <= 512


def test_what_it_takes_is_told_before_the_first_step() -> None:
    recipe = load_recipe("quick")
    need = needed(recipe, recipe.finetune, device=CPU, precision="fp32")
    assert re.fullmatch(r"memory: about \d+ MB of \d+\.\d GB", memory.told(need, at_once=16, device=CPU))
    huge = Need(need.networks, need.kept, memory.memory_there(CPU) / 64)
    assert re.search(r"; --micro-batch 16 would fit better", memory.told(huge, at_once=64, device=CPU))
    assert "micro-batch" not in memory.told(Need(2**60, 0, 0), at_once=2, device=CPU), "nothing smaller helps"


def test_more_pictures_take_as_much_more_as_they_measure() -> None:
    recipe = load_recipe("quick")
    need = needed(recipe, recipe.finetune, device=CPU, precision="fp32")
    counted = needed(recipe, recipe.finetune.model_copy(update={"loss": "bce"}), device=CPU, precision="fp32")
    assert need.of(64).activations == pytest.approx(2 * need.of(32).activations, rel=0.1)
    assert counted.networks == need.networks

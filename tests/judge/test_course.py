"""Judging a run while it trains, on generators whose worth is known."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from housegan.config import ModelConfig, Recipe, StageConfig, WatchConfig
from housegan.dataset import TrainingSet, as_floats
from housegan.judge.course import SHARE, Judge
from housegan.networks import Discriminator, Generator, multiply_adds
from housegan.run.folder import Run
from housegan.run.lines import append_line
from housegan.run.metrics import Judged, evaluations, ticks
from housegan.run.snapshots import Moment
from housegan.train.stage import Stage

CPU = torch.device("cpu")
MODEL = ModelConfig(size=32, latent_dim=8, generator_channels=4, discriminator_channels=4)


def houses(count: int, *, seed: int) -> NDArray[np.uint8]:
    """Fronts of two colours: ground, wall, roof and sky at random heights."""
    chance = np.random.default_rng(seed)
    pictures = np.empty((count, 32, 32, 3), np.uint8)
    for picture in pictures:
        picture[:] = chance.integers(150, 255, 3)
        top, left, right = chance.integers(6, 16), chance.integers(2, 10), chance.integers(20, 30)
        picture[top:26, left:right] = chance.integers(0, 200, 3)
        picture[26:] = (60, chance.integers(90, 200), 50)
        for _ in range(3):
            x, y = chance.integers(left + 1, right - 4), chance.integers(top + 1, 22)
            picture[y : y + 4, x : x + 3] = chance.integers(0, 255, 3)
    return pictures


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path / "00001-houses")
    run.path.mkdir()
    return run


def judge(run: Run, *, samples: int = 24, every: int | None = 100, training: int = 24, held_out: int = 0) -> Judge:
    watch = WatchConfig(judge_samples=samples, judge_images=every)
    recipe = Recipe(model=MODEL, watch=watch)
    parts = [torch.from_numpy(houses(training, seed=1))]
    data = TrainingSet(parts, seed=0, stage="finetune", flip=True)
    stage = Stage("finetune", StageConfig(), MODEL, data, houses(held_out, seed=2))
    judge = Judge(run, recipe, {"finetune": stage}, seed=0, device=CPU, precision="fp32")
    judge.begin("finetune")
    return judge


def moment(images: int) -> Moment:
    return Moment(stage="finetune", images=images, epoch=images / 60)


def drawn(pictures: NDArray[np.uint8]) -> Tensor:
    return as_floats(torch.from_numpy(pictures))


def judged_at(judge: Judge, images: int, pictures: NDArray[np.uint8], *, side: int = 32) -> Judged:
    found = judge.judge(moment(images), stage_images=images, side=side, draw=lambda z: drawn(pictures)[: len(z)])
    assert found is not None
    append_line(judge.run.path / "metrics.jsonl", found.model_dump())
    return found


def test_new_houses_are_good_noise_is_bad_and_copies_are_called_copies(run: Run) -> None:
    judging = judge(run, samples=110, training=50, held_out=110)
    noise = np.random.default_rng(0).integers(0, 256, (110, 32, 32, 3), np.uint8)
    bad = judged_at(judging, 100, noise)
    good = judged_at(judging, 200, houses(110, seed=3))
    copies = houses(50, seed=1)[np.random.default_rng(1).integers(0, 50, 110)]
    copied = judged_at(judging, 300, np.clip(copies + np.uint8(1), 1, 255))
    assert bad.kid_lite0 > 10 * abs(good.kid_lite0) + 1
    assert (bad.recall, bad.precision) < (0.05, 0.05)
    assert good.recall > 0.5
    assert good.precision > 0.5
    assert good.kid_lite0 == pytest.approx(0, abs=0.3)
    assert (good.copying, copied.copying) == (False, True)
    assert (good.verdict, copied.verdict) == ("improving", "copying")
    assert copied.said.startswith("Copying its training pictures (C_T -")
    assert evaluations(run) == [bad, good, copied]
    assert ticks(run) == []


def test_a_stage_without_a_new_best_in_five_is_flat_in_the_next_process_too(run: Run) -> None:
    judging = judge(run)
    assert not judging.flat(side=32)
    judged_at(judging, 100, houses(24, seed=3))
    worse = houses(24, seed=4)
    worse[:, :16] = 128
    for number in range(2, 7):
        assert not judging.flat(side=32)
        judged_at(judging, 100 * number, worse)
    assert judging.flat(side=32)
    anew = judge(run)
    anew.begin("finetune")
    assert anew.flat(side=32)
    assert not anew.flat(side=64), "what was judged before the networks grew doesn't count"
    grown = judged_at(anew, 700, worse, side=64)
    assert (grown.side, grown.verdict) == (64, "first")
    assert not anew.flat(side=64)
    assert evaluations(run)[-1].copying is None, "nothing held out: too few to say"


def test_the_same_again_gives_the_same_line_from_what_was_kept(run: Run) -> None:
    first = judged_at(judge(run), 100, houses(24, seed=3))
    kept = run.path / "real" / "finetune.npz"
    before = kept.stat().st_mtime_ns
    (run.path / "metrics.jsonl").unlink()
    assert judged_at(judge(run), 100, houses(24, seed=3)) == first
    assert kept.stat().st_mtime_ns == before
    kept.write_bytes(b"half a fi")
    (run.path / "metrics.jsonl").unlink()
    assert judged_at(judge(run), 100, houses(24, seed=3)) == first


def test_scores_are_those_since_the_evaluation_before(run: Run) -> None:
    judging = judge(run)
    for images, real in ((50, 0.9), (100, 0.7), (150, 0.5), (200, 0.3)):
        line = {"images": images, "stage": "finetune", "loss_d": 1, "score_real": real, "score_fake": 1 - real}
        append_line(run.path / "metrics.jsonl", line)
        if images == 100:
            assert judged_at(judging, 100, houses(24, seed=3)).score_real == 0.8
    assert judged_at(judging, 200, houses(24, seed=3)).score_real == 0.4


def test_with_too_few_pictures_nothing_is_judged(run: Run) -> None:
    assert not judge(run, training=19).due(10**9, work=10**9)
    assert not judge(run, samples=0).due(10**9, work=10**9)


def test_when_is_settled_by_images_and_what_they_cost(run: Run) -> None:
    explicit = judge(run, every=100)
    assert next(images for images in range(0, 350, 10) if explicit.due(images, work=1)) == 100
    judging = judge(run, every=None, samples=500, training=1_000, held_out=100)
    first = next(images for images in range(0, 10**10, 10**6) if judging.due(images, work=images))
    step = 11 * multiply_adds(MODEL, 4)
    spent = (1_100 + 500) * 400e6 + 500 * multiply_adds(MODEL, 4)
    assert first == pytest.approx(spent / step / SHARE["fp32"], abs=10**6)


@pytest.mark.parametrize("size", [32, 256])
def test_multiply_adds_are_those_of_the_convolutions(size: int) -> None:
    config = ModelConfig(size=size, latent_dim=8, generator_channels=4, discriminator_channels=4)  # type: ignore[arg-type]
    counted = []

    def count(module: torch.nn.Module, given: tuple[Tensor, ...], made: Tensor) -> None:
        assert isinstance(module.weight, Tensor)
        maps = given[0] if isinstance(module, torch.nn.ConvTranspose2d) else made
        counted.append(module.weight.numel() * maps.shape[2] * maps.shape[3])

    networks = ((Generator(config), torch.zeros(1, 8)), (Discriminator(config), torch.zeros(1, 3, size, size)))
    for network, given in networks:
        counted.clear()
        for module in network.modules():
            if isinstance(module, torch.nn.Conv2d | torch.nn.ConvTranspose2d):
                module.register_forward_hook(count)
        network.eval()(given)
        assert multiply_adds(config, 4) == pytest.approx(sum(counted), rel=0.02)

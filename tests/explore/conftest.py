"""A small real run, made once by the real commands."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pytest
import torch

from housegan.config import ModelConfig, Recipe
from housegan.demo.planted import plant
from housegan.networks import Generator
from housegan.progress import Progress
from housegan.run.folder import Run, RunConfig, SetUsed
from housegan.run.learned import learned_from, sets_of
from housegan.run.lines import append_line
from housegan.run.snapshots import Moment, save_snapshot

TINY = "--size 32 --batch 4 --images 160+160 --set model.generator_channels=4 --set model.discriminator_channels=4"


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, command_environment: dict[str, str]) -> Path:
    """A working folder with the sets `houses` and `towers` and one finished run of two stages."""
    folder = tmp_path_factory.mktemp("trained")
    plant(folder / "a", style="photographic", count=24, extras={})
    plant(folder / "b", style="fantastic", count=24, seed=1, extras={})
    for command in (
        "import houses a", "import towers b", "curate houses --size 32", "curate towers --size 32",
        f"train --pretrain houses --finetune towers {TINY} --set watch.tick_images=40 --set watch.grid=2",
    ):  # fmt: skip
        arguments = [sys.executable, "-m", "housegan", *command.split()]
        subprocess.run(arguments, cwd=folder, env=command_environment, check=True, capture_output=True, timeout=120)
    return folder


@pytest.fixture(scope="session")
def described(trained: Path) -> Path:
    """The same, with its training pictures described, which takes the longest of what looks at them."""
    run = Run(Path("runs/00001-houses-towers"))
    with chdir(trained), Progress("", total=None, unit="", if_stopped="") as bar:
        for part in learned_from(run, sets=sets_of(run.config(), stage="pretrain"))[0]:
            part.features(32, kept_in=run.out(""), bar=bar)
    return trained


Made = Callable[..., Run]


@pytest.fixture
def made(workdir: Path) -> Made:
    """Make a small run as training leaves it, with curves that are known; its evaluations are made up."""

    def make(
        name: str = "00001-houses-towers", *, ticks: int = 12, judged: bool = False, size: int = 32, z: int = 8,
        seed: int = 0, kid: float = 2.0, stages: int = 2,
    ) -> Run:  # fmt: skip
        run = Run(Path("runs") / name)
        run.path.mkdir(parents=True)
        model = ModelConfig(size=size, latent_dim=z, generator_channels=4, discriminator_channels=4)  # type: ignore[arg-type]
        used = [SetUsed(name=name, pack=f"32-{name}", pictures=20) for name in ("houses", "towers")]
        run.write_config(
            RunConfig(recipe=Recipe(model=model), recipe_name="default", seed=seed, precision="fp32", device="cpu",
                      pretrain=used[0] if stages == 2 else None, finetune=used[1])
        )  # fmt: skip
        for tick in range(1, ticks + 1):
            begun = 0 if stages == 1 or tick <= ticks // 2 else ticks // 2 * 1000
            place = {"images": tick * 1000, "stage": "finetune" if begun or stages == 1 else "pretrain"}
            place |= {"stage_images": tick * 1000 - begun, "epoch": tick}
            values = {"loss_d": 1.0, "loss_g": 2.0 + tick % 2, "score_real": 0.7, "score_fake": 0.3}
            append_line(run.path / "metrics.jsonl", place | values | {"score_real_std": 0.1, "score_fake_std": 0.1})
            seconds = {"images": tick * 1000, "seconds": tick * 36.0, "images_per_second": 1000 / 36}
            append_line(run.path / "timing.jsonl", seconds)
            if judged and tick % 3 == 0:
                append_line(run.path / "metrics.jsonl", place | made_up(kid / tick))
        torch.manual_seed(seed)
        for images in range(2000, ticks * 1000 + 1, 2000):
            stage = "pretrain" if stages == 2 and images <= ticks * 500 else "finetune"
            save_snapshot(run, Generator(model), Moment(stage=stage, images=images, epoch=images / 20))
        return run

    return make


def made_up(kid: float) -> dict[str, object]:
    """An evaluation that nobody measured, with this KID."""
    figures = {"precision": 0.6, "recall": 0.2, "density": 0.7, "coverage": 0.4}
    return {
        "samples": 100, "kid_lite0": kid, "kid_lite0_error": 0.1, "kid_lite0_real": 0.02, **figures,
        **{f"{name}_real": 0.9 for name in figures}, "copying": None, "copying_z": None, "copying_close": None,
        "score_real": 0.7, "score_fake": 0.3, "verdict": "improving", "said": "made up",
    }  # fmt: skip

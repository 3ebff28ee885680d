"""How much faster our training step is than the original's on the same networks, and where ours spends its time.

The original's step: fp32, channels first, its package's AdaBelief, fakes not detached in the discriminator's step,
the discriminator not frozen in the generator's, DiffAugment with index grids, spectral norm at every pass. Ours: what
`housegan train` runs. Both at 256 × 256, ngf = ndf = 32, batch 16, with the same number of threads, in turn.
"""

import argparse
import contextlib
import io
import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import torch
from adabelief_pytorch import AdaBelief
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from housegan.config import Recipe, StageConfig, load_recipe
from housegan.networks import Discriminator, Generator
from housegan.train.device import chosen_precision
from housegan.train.state import TrainingState
from housegan.train.step import training_step


class Original:
    """The original's networks, optimizers and step, as its notebook ran them."""

    def __init__(self, recipe: Recipe) -> None:
        self.generator, self.discriminator = Generator(recipe.model), Discriminator(recipe.model)
        stage = recipe.finetune
        with contextlib.redirect_stdout(io.StringIO()):
            self.generator_optimizer, self.discriminator_optimizer = (
                AdaBelief(
                    network.parameters(), lr=stage.learning_rate, betas=stage.betas, eps=stage.eps,
                    rectify=stage.rectify, weight_decay=0, print_change_log=False,
                )
                for network in (self.generator, self.discriminator)
            )  # fmt: skip

    def step(self, real: Tensor, z: Tensor, uniforms: Tensor) -> tuple[Tensor, Tensor]:
        """Update both networks; z is 2 × b × z, uniforms 3 × b × 7. Returns both losses."""
        ones, zeros = torch.ones(len(real)), torch.zeros(len(real))
        self.discriminator.zero_grad()
        fake = self.generator(z[0])
        real_logits = self.discriminator(index_grid_augment(real, uniforms[0]))
        fake_logits = self.discriminator(index_grid_augment(fake, uniforms[1]))
        loss_d = binary_cross_entropy_with_logits(real_logits, ones)
        loss_d = loss_d + binary_cross_entropy_with_logits(fake_logits, zeros)
        loss_d.backward()  # through the generator too
        self.discriminator_optimizer.step()

        self.generator.zero_grad()
        judged = self.discriminator(index_grid_augment(self.generator(z[1]), uniforms[2]))
        loss_g = binary_cross_entropy_with_logits(judged, ones)
        loss_g.backward()  # into the discriminator's weights too
        self.generator_optimizer.step()
        return loss_d.detach(), loss_g.detach()


def index_grid_augment(pictures: Tensor, uniforms: Tensor) -> Tensor:
    """DiffAugment's colour, translation and cutout by gathering over grids of indices; uniforms are b × 7."""
    u = uniforms[:, :, None, None, None]
    pictures = pictures + (u[:, 0] - 0.5)
    grey = pictures.mean(dim=1, keepdim=True)
    pictures = grey + (pictures - grey) * (2 * u[:, 1])
    mean = pictures.mean(dim=(1, 2, 3), keepdim=True)
    pictures = mean + (pictures - mean) * (u[:, 2] + 0.5)
    count, _, height, width = pictures.shape
    number, row, column = torch.meshgrid(torch.arange(count), torch.arange(height), torch.arange(width), indexing="ij")
    most = int(height / 8 + 0.5)
    down = (uniforms[:, 3] * (2 * most + 1)).long() - most
    right = (uniforms[:, 4] * (2 * most + 1)).long() - most
    rows = (row + down[:, None, None] + 1).clamp(0, height + 1)
    columns = (column + right[:, None, None] + 1).clamp(0, width + 1)
    padded = nn.functional.pad(pictures, (1, 1, 1, 1))
    pictures = padded.permute(0, 2, 3, 1).contiguous()[number, rows, columns].permute(0, 3, 1, 2)
    side = height // 2
    top = (uniforms[:, 5] * (height + 1 - side % 2)).long() - side // 2
    left = (uniforms[:, 6] * (width + 1 - side % 2)).long() - side // 2
    number, row, column = torch.meshgrid(torch.arange(count), torch.arange(side), torch.arange(side), indexing="ij")
    mask = torch.ones(count, height, width)
    rows = (row + top[:, None, None]).clamp(0, height - 1)
    columns = (column + left[:, None, None]).clamp(0, width - 1)
    mask[number, rows, columns] = 0
    return pictures * mask[:, None]


def main() -> None:
    """Measure both in turn, print the rates and our profile, and the same as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256, help="side of the pictures in px")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=5, help="alternations, of which the median counts")
    parser.add_argument("--steps", type=int, default=2, help="steps a turn")
    parser.add_argument("--precision", default="auto")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    recipe = load_recipe("classic", [f"model.size={options.size}", f"finetune.batch={options.batch}"])
    device = torch.device("cpu")
    precision = chosen_precision(options.precision, device)
    real = torch.rand(options.batch, 3, options.size, options.size) * 2 - 1

    original = Original(recipe)
    z, uniforms = torch.randn(2, options.batch, recipe.model.z), torch.rand(3, options.batch, 7)
    turns: dict[str, Callable[[], object]] = {"original": lambda: original.step(real, z, uniforms)}
    for name, changes in (("ours", {}), ("ours, one generated batch", {"generator_batch": "shared"})):
        stage = recipe.finetune.model_copy(update=changes)
        turns[name] = ours(TrainingState(recipe, stage, seed=0, device=device, precision=precision), real, stage)
    seconds: dict[str, list[float]] = {name: [] for name in turns}
    for turn in turns.values():
        turn()  # the first step allocates
    for _ in range(options.rounds):
        for name, turn in turns.items():
            started = time.perf_counter()
            for _ in range(options.steps):
                turn()
            seconds[name].append((time.perf_counter() - started) / options.steps)
    rates = {name: options.batch / statistics.median(taken) for name, taken in seconds.items()}

    print(f"{options.size}², batch {options.batch}, {options.threads} threads; ours in {precision}")
    print(f"{'step':<28}{'pictures a second':>18}{'ratio':>8}")
    for name, rate in rates.items():
        print(f"{name:<28}{rate:>18.2f}{rate / rates['original']:>8.2f}")
    peak = measured_peak(precision)
    shares = profiled(turns["ours"])
    print(f"\nWhere ours spends its time (the processor's measured peak is {peak:.0f} GFLOPS in {precision}):")
    for name, share in shares.most_common():
        print(f"  {name:<26}{share:>6.1%}")
    print(
        json.dumps(
            {
                "value": round(rates["ours"] / rates["original"], 3),
                "shared": round(rates["ours, one generated batch"] / rates["original"], 3),
                "rates": {name: round(rate, 3) for name, rate in rates.items()},
                "precision": precision, "threads": options.threads, "peak_gflops": round(peak, 1),
                "shares": {name: round(share, 4) for name, share in shares.items()},
            }
        )
    )  # fmt: skip


def ours(state: TrainingState, real: Tensor, stage: StageConfig) -> Callable[[], object]:
    """Our step as the loop runs it, the moving average with it."""

    def turn() -> None:
        training_step(state, real, stage, seed=0)
        state.images += len(real)
        state.update_average(len(real))

    return turn


def profiled(turn: Callable[[], object]) -> Counter[str]:
    """Shares of a step by kind of operation, by the time of the operations themselves."""
    kinds = {"convolution": "convolutions", "batch_norm": "BatchNorm", "mm": "matrix products (spectral norm)"}
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        turn()
    times = Counter[str]()
    for event in profile.key_averages():
        name = event.key.removeprefix("aten::")
        kind = next((kind for part, kind in kinds.items() if part in name), None)
        if kind is None and name.startswith("_foreach"):
            kind = "optimizer, moving average"
        times[kind or "elementwise and copies"] += event.self_cpu_time_total
    whole = times.total()
    return Counter({name: taken / whole for name, taken in times.items()})


def measured_peak(precision: str) -> float:
    """GFLOPS of a large matrix product."""
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    first, second = torch.randn(2048, 2048, dtype=dtype), torch.randn(2048, 2048, dtype=dtype)
    taken = []
    for _ in range(6):
        started = time.perf_counter()
        first @ second
        taken.append(time.perf_counter() - started)
    return 2 * 2048**3 / min(taken) / 1e9


if __name__ == "__main__":
    main()

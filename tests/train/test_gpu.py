"""What only a GPU can show: autocast and scaled gradients in its own precision, memory that runs out."""

import pytest
import torch

from housegan.config import Recipe, StageConfig, load_recipe
from housegan.errors import HouseganError
from housegan.train.device import chosen_precision
from housegan.train.memory import needed, within_memory
from housegan.train.state import TrainingState
from housegan.train.step import training_step

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")]
CUDA = torch.device("cuda")


def stepped(recipe: Recipe, stage: StageConfig, *, device: torch.device, precision: str, steps: int) -> TrainingState:
    state = TrainingState(recipe, stage, seed=0, device=device, precision=precision)
    size = recipe.model.size
    real = torch.rand(stage.batch, 3, size, size, generator=torch.Generator().manual_seed(1)) * 2 - 1
    for _ in range(steps):
        state.tally += training_step(state, real, stage, seed=0)
        state.images += stage.batch
        state.update_average(stage.batch)
    return state


@pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16"])
def test_a_gpu_trains_as_the_cpu_does(precision: str) -> None:
    if precision == "bf16" and chosen_precision("auto", CUDA) != "bf16":
        pytest.skip("this CUDA device computes in fp16")
    recipe = load_recipe("quick")
    there = stepped(recipe, recipe.finetune, device=CUDA, precision=precision, steps=5)
    here = stepped(recipe, recipe.finetune, device=torch.device("cpu"), precision="fp32", steps=5)
    assert there.healthy()
    tolerance = 0.01 if precision == "fp32" else 0.1
    torch.testing.assert_close(there.tally.cpu(), here.tally, rtol=tolerance, atol=tolerance)


def test_the_memory_that_is_told_is_what_a_gpu_takes_within_a_quarter() -> None:
    recipe = load_recipe("default", ["model.size=128"])
    told = needed(recipe, recipe.finetune, device=torch.device("cpu"), precision="fp32").of(32).total
    torch.cuda.reset_peak_memory_stats()
    stepped(recipe, recipe.finetune.model_copy(update={"batch": 32}), device=CUDA, precision="fp32", steps=2)
    assert told == pytest.approx(torch.cuda.max_memory_allocated(), rel=0.25)


def test_a_gpu_that_runs_out_of_memory_offers_a_micro_batch() -> None:
    recipe = load_recipe("default", ["model.size=256"])
    config = recipe.finetune.model_copy(update={"batch": 4096})
    need = needed(recipe, config, device=torch.device("cpu"), precision="fp32")

    def train() -> bool:
        stepped(recipe, config, device=CUDA, precision="fp32", steps=1)
        return True

    with pytest.raises(HouseganError, match=r"Out of memory: .* --micro-batch \d+ takes"):
        within_memory(train, need, at_once=4096, size=256, device=CUDA)

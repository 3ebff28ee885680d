"""The benchmark's side by side: the original's step, written as it was, plays the same game as ours."""

import sys
from pathlib import Path

import pytest
import torch

from housegan.augment import draws
from housegan.config import load_recipe
from housegan.randomness import generator_for
from housegan.train.state import TrainingState
from housegan.train.step import training_step

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.train_step import Original


def test_the_original_s_step_and_ours_give_the_same_losses() -> None:
    sizes = ["model.size=32", "model.generator_channels=8", "model.discriminator_channels=8", "model.latent_dim=16"]
    recipe = load_recipe("classic", sizes)
    stage = recipe.finetune
    assert draws(stage.augment) == 7
    state = TrainingState(recipe, stage, seed=0, device=torch.device("cpu"))
    original = Original(recipe)
    original.generator.load_state_dict(state.generator.state_dict())
    original.discriminator.load_state_dict(state.discriminator.state_dict())
    real = torch.rand(stage.batch, 3, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1
    for _ in range(3):
        chance = generator_for(0, "step", state.images)
        z = torch.randn(2, stage.batch, 16, generator=chance)
        uniforms = torch.rand(3, stage.batch, 7, generator=chance)
        theirs = [float(loss) for loss in original.step(real, z, uniforms)]
        ours = training_step(state, real, stage, seed=0)[1:3].tolist()
        assert ours == pytest.approx(theirs, rel=1e-4)
        state.images += stage.batch

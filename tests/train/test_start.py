"""Beginning with weights that another run learned, at the same size and at another."""

from pathlib import Path

import pytest
import torch

from housegan.config import Recipe, StageConfig
from housegan.dataset import ALL
from housegan.errors import HouseganError
from housegan.networks import Discriminator
from housegan.run.checkpoints import save_checkpoint
from housegan.run.folder import Run, RunConfig, SetUsed, new_run
from housegan.run.snapshots import Moment, save_snapshot
from housegan.train.console import Listener
from housegan.train.loop import train
from housegan.train.stage import Stage
from housegan.train.start import begin_from, start_of
from housegan.train.state import TrainingState

TINY = {"generator_channels": 4, "discriminator_channels": 4, "latent_dim": 8, "max_channels": 8}
CPU = torch.device("cpu")


def fresh(size: int, seed: int) -> TrainingState:
    recipe = Recipe.model_validate({"model": {**TINY, "size": size}})
    return TrainingState(recipe, StageConfig(), seed=seed, device=CPU)


@pytest.fixture
def trained(workdir: Path) -> TrainingState:
    """A run at 32 px with a checkpoint and a generator on disk."""
    state = fresh(32, seed=1)
    run = Run(Path("runs/00001-skies"))
    run.path.mkdir(parents=True)
    save_checkpoint(run, state.saved(), images=40)
    save_snapshot(run, state.average, Moment(stage="finetune", images=40, epoch=1))
    return state


def test_a_run_of_the_same_size_is_taken_over_whole(trained: TrainingState) -> None:
    state = fresh(32, seed=2)
    taken = begin_from(state, start_of("1"))
    assert taken.anew == []
    for ours, theirs in zip(
        [*state.generator.parameters(), *state.average.parameters(), *state.discriminator.parameters()],
        [*trained.average.parameters(), *trained.average.parameters(), *trained.discriminator.parameters()],
        strict=True,
    ):
        assert torch.equal(ours, theirs)


def test_a_generator_s_file_leaves_the_discriminator_as_it_is(trained: TrainingState) -> None:
    state = fresh(32, seed=2)
    taken = begin_from(state, start_of("runs/00001-skies/generators/000000000040.safetensors"))
    assert {name.partition(" ")[0] for name in taken.taken} == {"generator"}
    assert {name.partition(" ")[0] for name in taken.anew} == {"discriminator"}
    z = torch.randn(2, 8)
    torch.testing.assert_close(state.draw(z), trained.draw(z), atol=1e-2, rtol=0)
    untouched = fresh(32, seed=2).discriminator
    assert all(map(torch.equal, state.discriminator.parameters(), untouched.parameters()))


def test_at_another_size_the_layers_of_the_same_resolution_are_taken(trained: TrainingState) -> None:
    state = fresh(64, seed=2)
    taken = begin_from(state, start_of("1"))
    ours, theirs = state.generator.state_dict(), trained.average.state_dict()
    assert torch.equal(ours["layers.0.weight"], theirs["layers.0.weight"])  # from z to 4 × 4
    assert "generator layers.0.weight" in taken.taken
    assert any(name.startswith("discriminator") and name.endswith("original") for name in taken.taken)
    assert any("weight" in name for name in taken.anew)
    last = [network.layers[-2] for network in (state.discriminator, trained.discriminator)]
    assert torch.equal(last[0].weight, last[1].weight)
    everything = [*state.generator.state_dict(), *state.discriminator.state_dict()]
    assert len(taken.taken) + len(taken.anew) == len(everything)
    assert isinstance(state.discriminator, Discriminator)
    assert str(taken).startswith(f"Took over {len(taken.taken)} of {len(everything)} tensors; begun anew: ")


def test_what_does_not_fit_at_all_or_is_gone_is_one_sentence(trained: TrainingState) -> None:
    other = Recipe.model_validate(
        {
            "model": {
                **TINY,
                "size": 32,
                "latent_dim": 9,
                "max_channels": 7,
                "generator_channels": 5,
                "discriminator_channels": 5,
            }
        }
    )
    state = TrainingState(other, StageConfig(), seed=0, device=CPU)
    start = start_of("1")
    with pytest.raises(HouseganError, match=r"Nothing of runs/00001-skies/checkpoints/.* fits these networks"):
        begin_from(state, start)
    Path(start.path).unlink()
    with pytest.raises(HouseganError, match="is not there any more"):
        begin_from(fresh(32, 0), start)
    with pytest.raises(HouseganError, match="There is no run 'nothing'"):
        start_of("nothing")


def test_a_run_goes_on_without_the_file_that_it_began_with(trained: TrainingState, workdir: Path) -> None:
    config = RunConfig(
        recipe=Recipe.model_validate({"model": {**TINY, "size": 32}}), recipe_name="quick", seed=0, pretrain=None,
        finetune=SetUsed(name="skies", pack="64-0", pictures=22), precision="fp32", device="cpu",
        start=start_of("runs/00001-skies/generators/000000000040.safetensors"),
    )  # fmt: skip
    assert config.start
    run = new_run(config)
    Path(config.start.path).unlink()
    assert start_of(config.start.path) == config.start
    stages = [Stage("finetune", config.recipe.finetune, config.recipe.model, OnePicture())]  # type: ignore[arg-type]
    with pytest.raises(HouseganError, match="from which the run was to begin, is not there any more"):
        train(run, config.recipe, stages, seed=0, device=CPU, precision="fp32", start=config.start, watcher=Listener())
    save_checkpoint(run, trained.saved(), images=0)
    watcher = Listener(max_hours=1e-9)
    assert not train(
        run, config.recipe, stages, seed=0, device=CPU, precision="fp32", start=config.start, watcher=watcher
    )


class OnePicture:
    """A set of grey, to step over once."""

    def __len__(self) -> int:
        return 1

    def at(self, side: int) -> "OnePicture":
        return self

    def batch(self, first: int, count: int, part: slice = ALL) -> torch.Tensor:
        return torch.zeros(count, 3, 32, 32)


def test_a_growing_network_begins_with_a_smaller_one_s_layers_and_heads(workdir: Path) -> None:
    model = {**TINY, "growth": "fade", "reconstruction": 1}
    small, large = (
        TrainingState(
            Recipe.model_validate({"model": {**model, "size": size, **channels}}), StageConfig(), seed=seed, device=CPU
        )
        for seed, (size, channels) in enumerate(
            ((64, {}), (128, {"generator_channels": 2, "discriminator_channels": 2}))
        )
    )
    small.average.load_state_dict(small.generator.state_dict())
    run = Run(workdir / "runs" / "00001-skies")
    run.path.mkdir(parents=True)
    save_checkpoint(run, small.saved(), images=40)
    taken = begin_from(large, start_of("1"))
    kinds = {name.split(".")[0] for name in taken.taken}
    entries = "discriminator entries"
    assert {"generator layers", "generator heads", "discriminator layers", "discriminator decoder", entries} <= kinds
    z = torch.randn(2, 8)
    large.average.reach = 6.0
    assert torch.equal(large.average.grown(z), small.average(z))

"""From what a person typed to what will train: sets found, budgets shared out, the run's config complete."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from housegan import group
from housegan.catalog import Catalog
from housegan.config import Budget, Recipe, StageConfig, load_recipe, load_set, validated
from housegan.curated import current_set
from housegan.dataset import TrainingSet, held_out_of, held_out_pictures, placed, training_pictures
from housegan.errors import HouseganError
from housegan.places import SIZES, config_file, data_folder
from housegan.run.folder import RunConfig, SetUsed
from housegan.train.device import chosen_device, chosen_precision
from housegan.train.memory import CPU, Need, needed, told
from housegan.train.stage import Stage
from housegan.train.start import start_of

Pictures = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line says."""

    finetune: str
    pretrain: str | None = None
    recipe: str | None = None
    size: int | None = None
    batch: int | None = None
    micro_batch: int | None = None
    images: str | None = None
    minutes: str | None = None
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"
    start: str | None = None
    stop_when_flat: bool = False
    changes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """What will train."""

    config: RunConfig
    stages: list[Stage]
    device: torch.device
    need: Need
    """Memory, by the pictures at once."""

    @property
    def at_once(self) -> int:
        """Pictures in one process's memory together, at most."""
        return max(stage.at_once for stage in self.stages)


def prepare(wishes: Wishes) -> Prepared:
    """Find the sets, read their pictures and complete the config, or raise one sentence that says what is missing."""
    names = [name for name in (wishes.pretrain, wishes.finetune) if name]
    if wishes.pretrain == wishes.finetune:
        raise HouseganError("Pretraining and fine-tuning take two different sets; with one set use `--data NAME`.")
    recipe_name = wishes.recipe or load_set(wishes.finetune).recipe
    recipe = load_recipe(recipe_name, [*_as_changes(wishes), *wishes.changes])
    if missing := [step for name in names for step in steps_missing(name)]:
        raise HouseganError(f"The pictures are not here yet: run {', then '.join(missing)}.")
    size = recipe.model.size
    packs = {name: current_set(name, at_least=size) for name in names}
    held_out = held_out_of(packs.values())
    pictures = {name: training_pictures(pack, size=size, held_out=held_out) for name, pack in packs.items()}
    device = chosen_device(wishes.device)
    unseen = {name: held_out_pictures(pack, size=size) for name, pack in packs.items()}
    stages = _stages(wishes, recipe, pictures, unseen, device=group.local_device(device))
    used = {
        name: SetUsed(name=name, pack=pack.folder.name, pictures=len(pictures[name])) for name, pack in packs.items()
    }
    config = RunConfig(
        recipe=recipe, recipe_name=recipe_name, seed=wishes.seed, device=device.type,
        precision=chosen_precision(wishes.precision, device),
        pretrain=used[wishes.pretrain] if wishes.pretrain else None, finetune=used[wishes.finetune],
        start=start_of(wishes.start) if wishes.start else None,
    )  # fmt: skip
    need = needed(recipe, recipe.finetune, device=CPU, precision=config.precision)
    return Prepared(config, stages, device, need)


def _stages(
    wishes: Wishes, recipe: Recipe, pictures: Mapping[str, Pictures], unseen: Mapping[str, Pictures], *,
    device: torch.device,
) -> list[Stage]:  # fmt: skip
    """What each stage trains on, where it trains."""
    images = {name: placed(some, device) for name, some in pictures.items()}
    shown = {"finetune": [wishes.finetune]}
    if wishes.pretrain:  # both sets together, as the original did
        shown = {"pretrain": list(images), **shown}
    stages: list[Stage] = []
    for name, sets in shown.items():
        config: StageConfig = getattr(recipe, name)
        parts, held_out = [images[one] for one in sets], np.concatenate([unseen[one] for one in sets])
        data = TrainingSet(parts, seed=wishes.seed, stage=name, flip=config.flip, device=device)
        if len(data) < 2:
            raise HouseganError(f"The {name} stage has {len(data)} picture to train on: import more.")
        for batch in (config.batch, config.last_batch or config.batch):  # those between are doubles of the first
            group.check_shares(batch)
        begin_side = stages[-1].schedule.end_side if stages else 4
        stages.append(Stage(name, config, recipe.model, data, held_out, begin_side))
    return stages


def steps_missing(name: str) -> list[str]:
    """The commands that are still to be run before a set can be trained on."""
    curate = f"`housegan curate {name}`"
    folder = data_folder(name)
    if not (folder / "catalog.sqlite").is_file():
        return [_fetching(name), curate]
    if not (folder / "curated" / "current.json").is_file():
        with Catalog(folder) as catalog:
            return [curate] if catalog.pictures() else [_fetching(name), curate]
    return []


def _fetching(name: str) -> str:
    scrape = load_set(name).scrape
    if scrape.kaggle:
        return f"`housegan import {name} kaggle:{scrape.kaggle}`"
    if any((scrape.galleries, scrape.reddit, scrape.openverse, scrape.wikimedia, scrape.urls)):
        return f"`housegan scrape {name}`"
    known = "" if config_file("sets", name) else f" (there is no set {name!r} here)"
    return f"`housegan import {name} FOLDER`{known}"


def _as_changes(wishes: Wishes) -> list[str]:
    """What the short options mean, in the words of --set."""
    changes = []
    if wishes.size is not None:
        if wishes.size not in SIZES:
            raise HouseganError(f"--size {wishes.size} must be one of {', '.join(map(str, SIZES))}.")
        changes.append(f"model.size={wishes.size}")
    for name, count in (("batch", wishes.batch), ("micro_batch", wishes.micro_batch)):
        if count is not None:
            changes += [f"{stage}.{name}={count}" for stage in ("pretrain", "finetune")]
    if wishes.images and wishes.minutes:
        raise HouseganError("Give --images or --minutes, not both.")
    if wishes.stop_when_flat:
        changes += [f"{stage}.stop_when_flat=true" for stage in ("pretrain", "finetune")[wishes.pretrain is None :]]
    for clock, text in (("images", wishes.images), ("minutes", wishes.minutes)):
        if text:
            budgets = parsed_budget(text, clock=clock, stages=2 if wishes.pretrain else 1)
            for stage, budget in zip(("finetune", "pretrain"), reversed(budgets), strict=False):
                changes.append(f"{stage}.budget={budget.model_dump_json(exclude_none=True)}")
    return changes


def parsed_budget(text: str, *, clock: str, stages: int) -> list[Budget]:
    """Read `10` (the whole run, a half each for two stages), `4+6` (a stage each) or `200k`, in images or minutes."""
    parts = text.replace("_", "").replace(",", "").lower().split("+")
    try:
        values = [float(part[:-1]) * 1000 if part.endswith("k") else float(part) for part in parts]
        if not all(map(math.isfinite, values)):
            raise ValueError
    except ValueError:
        raise HouseganError(f"--{clock} {text!r} must look like 10, 4+6 or 200k.") from None
    if len(values) == 1:
        values = [values[0] / stages] * stages
    if len(values) != stages:
        raise HouseganError(f"--{clock} {text!r} names {len(values)} stages, the run has {stages}.")
    whole = [round(value) if clock == "images" else value for value in values]
    return [validated(Budget, {clock: value}, (), where=f"--{clock} {text}") for value in whole]


def described(prepared: Prepared) -> list[str]:
    """Say in a few lines what will train."""
    config = prepared.config
    model = config.recipe.model
    where = f"{config.device} {config.precision}"
    lines = [f"Recipe {config.recipe_name}, {model.size} × {model.size} px, seed {config.seed}, {where}"]
    for stage in prepared.stages:
        lines.append(f"{stage.name}: {len(stage.data):,} pictures, batch {stage.config.batch}, {_how_long(stage)}")
    lines.append(told(prepared.need, at_once=prepared.at_once, device=prepared.device))
    if config.start:
        lines.append(f"beginning with {config.start.path}")
    return lines


def _how_long(stage: Stage) -> str:
    text = str(stage.config.budget)
    return text if stage.images is None or "images" in text else f"{text} ({stage.images:,} images)"

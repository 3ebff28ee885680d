"""A run's config as the command that trains it, to go on with it or to branch from one of its generators."""

import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from housegan.config import load_recipe
from housegan.run.folder import RunConfig


def command_of(config: RunConfig) -> list[str]:
    """The words that train exactly this, and so go on with it. Raises HouseganError where its recipe is gone."""
    sets = ["--data", config.finetune.name]
    if config.pretrain:
        sets = ["--pretrain", config.pretrain.name, "--finetune", config.finetune.name]
    start = ["--from", config.start.path] if config.start else []
    return ["train", *sets, *_values(config), *start]


def branch_of(config: RunConfig, generator: Path, *, stage: str, rate: float) -> list[str]:
    """The words that begin a new run with a generator of this one, at `rate` times its learning rates.

    One of the last stage goes on with the last stage alone: what came before it is in the weights.
    Raises HouseganError where its recipe is gone.
    """
    stages = {"pretrain": config.recipe.pretrain, "finetune": config.recipe.finetune}
    changed = {name: one.model_copy(update={"learning_rate": one.learning_rate * rate}) for name, one in stages.items()}
    pretrain = config.pretrain if stage == "pretrain" else None
    if pretrain is None:  # what the recipe says of a stage that isn't trained needn't be said
        changed["pretrain"] = load_recipe(config.recipe_name).pretrain
    recipe = config.recipe.model_copy(update=changed)
    branch = config.model_copy(update={"recipe": recipe, "pretrain": pretrain, "start": None})
    return [*command_of(branch), "--from", str(generator), "--new"]


def written(words: list[str]) -> str:
    """The words as one types them."""
    return shlex.join(["housegan", *words])


def _values(config: RunConfig) -> list[str]:
    words = ["--recipe", config.recipe_name, "--size", str(config.recipe.model.size)]
    if config.seed:
        words += ["--seed", str(config.seed)]
    words += ["--device", config.device, "--precision", config.precision]
    shipped = load_recipe(config.recipe_name).model_dump(mode="json")
    changes = dict(_differences(config.recipe.model_dump(mode="json"), shipped))
    changes.pop("model.size", None)
    stages = ["pretrain", "finetune"] if config.pretrain else ["finetune"]
    own = [f"{stage}.budget" for stage in stages]
    budgets = [changes.get(path, {}) for path in own]
    for clock in ("images", "minutes"):
        if all(clock in budget for budget in budgets):
            words += [f"--{clock}", "+".join(f"{budget[clock]:.15g}" for budget in budgets)]
            changes = {path: value for path, value in changes.items() if path not in own}
    return words + [word for path, value in changes.items() for word in ("--set", f"{path}={_as_yaml(value)}")]


def _differences(values: Mapping[str, Any], others: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Any]]:
    """Paths and values that differ; a budget is one value, since it has exactly one clock."""
    for name, value in values.items():
        if value == others[name]:
            continue
        if name == "budget":
            yield f"{at}{name}", {clock: limit for clock, limit in value.items() if limit is not None}
        elif isinstance(value, Mapping):
            yield from _differences(value, others[name], f"{at}{name}.")
        else:
            yield f"{at}{name}", value


def _as_yaml(value: object) -> str:
    """Short, on one line, and read back as it is."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_as_yaml(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_as_yaml, value)) + "]"
    return json.dumps(value)

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from housegan.config import Budget, load_recipe
from housegan.curated import CuratedRow, current_set, reduced, writing
from housegan.errors import HouseganError
from housegan.train.prepare import Wishes, described, parsed_budget, prepare


@pytest.fixture(autouse=True)
def here(workdir: Path, curated: Path) -> None:
    """Work where the sets `skies` and `blobs` are, 24 pictures of 64 px each."""
    (workdir / "data").symlink_to(curated)


def wishes(finetune: str = "skies", **values: Any) -> Wishes:
    nothing: dict[str, Any] = dict.fromkeys(("pretrain", "recipe", "size", "batch", "images", "minutes"))
    others = {"seed": 0, "device": "cpu", "precision": "fp32", "start": None, "changes": []}
    return Wishes(finetune, **{**nothing, "size": 32, **others, **values})


def pictures_of(name: str, *, held_out: bool) -> set[bytes]:
    pack = current_set(name, at_least=32)
    chosen = [row.held_out == held_out for row in pack.rows()]
    return {picture.tobytes() for picture in reduced(pack.images(), 32)[chosen]}


# Which pictures


def test_pretraining_sees_both_sets_fine_tuning_one_and_nobody_the_held_out() -> None:
    stages = prepare(wishes(pretrain="blobs")).stages
    assert [stage.name for stage in stages] == ["pretrain", "finetune"]
    seen = [{picture.numpy().tobytes() for part in stage.data.parts for picture in part} for stage in stages]
    assert seen[0] == pictures_of("blobs", held_out=False) | pictures_of("skies", held_out=False)
    assert seen[1] == pictures_of("skies", held_out=False)
    hidden = pictures_of("blobs", held_out=True) | pictures_of("skies", held_out=True)
    assert len(hidden) == 4
    assert not hidden & (seen[0] | seen[1])
    assert [len(stage.data) for stage in stages] == [44, 22]


def test_one_set_is_one_stage() -> None:
    prepared = prepare(wishes())
    assert [stage.name for stage in prepared.stages] == ["finetune"]
    assert prepared.config.pretrain is None
    assert (prepared.config.finetune.name, prepared.config.finetune.pictures) == ("skies", 22)
    assert prepared.config.finetune.pack == current_set("skies", at_least=32).folder.name


def test_a_batch_that_processes_can_not_share_is_refused_before_anything_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    growing = ["finetune.last_batch=16"]
    assert len(prepare(wishes(batch=4, changes=growing)).stages) == 1
    with pytest.raises(HouseganError, match=r"2 processes can't share a batch of 5: give --batch, and last_batch"):
        prepare(wishes(batch=5, changes=growing))
    with pytest.raises(HouseganError, match=r"2 processes can't share a batch of 17: .* a multiple of 2\."):
        prepare(wishes(batch=4, changes=["finetune.last_batch=17"]))


def test_the_stages_draw_in_orders_of_their_own() -> None:
    stages = prepare(wishes(pretrain="blobs")).stages
    assert {stage.data.stage for stage in stages} == {"pretrain", "finetune"}


# The recipe


def test_the_classic_recipe_is_the_original_s() -> None:
    recipe = load_recipe("classic")
    model = recipe.model
    assert (model.size, model.z, model.generator_channels, model.discriminator_channels) == (256, 512, 32, 32)
    assert model.max_channels is None
    assert (recipe.pretrain.budget, recipe.finetune.budget) == (Budget(epochs=30), Budget(epochs=10_300))
    for stage in (recipe.pretrain, recipe.finetune):
        assert (stage.batch, stage.loss, stage.generator_batch) == (16, "bce", "fresh")
        assert (stage.learning_rate, stage.betas, stage.eps, stage.rectify) == (2e-4, (0.5, 0.999), 1e-16, True)
        assert (stage.augment, stage.flip) == (("color", "translation", "cutout"), True)
    assert recipe.watch.half_life_images == 0
    assert load_recipe("classic", ["model.size=512"]).model.z == 1024


def test_the_recipe_is_the_wanted_one_else_the_set_s_own() -> None:
    assert prepare(wishes()).config.recipe_name == "default"
    Path("configs/sets").mkdir(parents=True)
    Path("configs/sets/skies.yaml").write_text("recipe: classic\n")
    assert prepare(wishes()).config.recipe_name == "classic"
    assert prepare(wishes()).config.recipe == load_recipe("classic", ["model.size=32"])
    assert prepare(wishes(recipe="default")).config.recipe == load_recipe("default", ["model.size=32"])
    with pytest.raises(HouseganError, match="There is no recipe 'other': take one of classic, default"):
        prepare(wishes(recipe="other"))


def test_options_are_changes_and_changes_win() -> None:
    recipe = prepare(wishes(pretrain="blobs", batch=6, images="100+1k")).config.recipe
    assert (recipe.model.size, recipe.pretrain.batch, recipe.finetune.batch) == (32, 6, 6)
    assert (recipe.pretrain.budget, recipe.finetune.budget) == (Budget(images=100), Budget(images=1_000))
    changed = prepare(wishes(batch=6, changes=["finetune.batch=8", "finetune.learning_rate=1e-3"])).config.recipe
    assert (changed.finetune.batch, changed.finetune.learning_rate) == (8, 1e-3)


def test_a_budget_in_epochs_is_of_the_stage_s_own_pictures() -> None:
    changes = ["pretrain.budget={epochs: 2}", "finetune.budget={epochs: 2.5}"]
    stages = prepare(wishes(pretrain="blobs", changes=changes)).stages
    assert [stage.images for stage in stages] == [88, 55]
    [stage] = prepare(wishes(changes=["finetune.budget={epochs: 0.001}"])).stages
    assert stage.images == 1, "never nothing at all"


def test_what_will_train_is_said_in_a_few_lines() -> None:
    lines = described(prepare(wishes(pretrain="blobs", changes=["finetune.budget={epochs: 1000}"], seed=7)))
    assert lines.pop().startswith("memory: about ")
    assert lines == [
        "Recipe default, 32 × 32 px, seed 7, cpu fp32",
        "pretrain: 44 pictures, batch 8, 400,000 images",
        "finetune: 22 pictures, batch 8, 1,000 epochs (22,000 images)",
    ]
    assert described(prepare(wishes(minutes="2")))[1] == "finetune: 22 pictures, batch 8, 2 minutes"


# Budgets


@pytest.mark.parametrize(
    ("text", "clock", "stages", "values"),
    [
        ("200k", "images", 1, [200_000]),
        ("200k", "images", 2, [100_000, 100_000]),
        ("1.5K", "images", 1, [1_500]),
        ("400_000", "images", 1, [400_000]),
        ("1,000+2,000", "images", 2, [1_000, 2_000]),
        ("100k+300k", "images", 2, [100_000, 300_000]),
        ("10", "minutes", 2, [5, 5]),
        ("4+6", "minutes", 2, [4, 6]),
        ("0.1", "minutes", 1, [0.1]),
        (" 4 + 6 ", "minutes", 2, [4, 6]),
    ],
)
def test_a_budget_is_for_the_whole_run_or_for_each_stage(
    text: str, clock: str, stages: int, values: list[float]
) -> None:
    assert parsed_budget(text, clock=clock, stages=stages) == [
        Budget.model_validate({clock: value}) for value in values
    ]


@pytest.mark.parametrize("text", ["x", "4+", "+", "k", "4++6", "1m", "4-6", "nan", "inf", "1e999", "1e400+1", "０x"])
@pytest.mark.parametrize("clock", ["images", "minutes"])
def test_a_budget_of_another_form_is_told_the_right_one(text: str, clock: str) -> None:
    with pytest.raises(HouseganError, match=rf"^--{clock} '.*' must look like 10, 4\+6 or 200k\.$"):
        parsed_budget(text, clock=clock, stages=2)


@pytest.mark.parametrize("text", ["0", "-5", "0.2", "5+0"])
def test_a_budget_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(HouseganError, match=r"^--images .* has 1 mistake: images: input should be greater than 0"):
        parsed_budget(text, clock="images", stages=2 if "+" in text else 1)


def test_a_budget_of_another_number_of_stages_is_refused() -> None:
    with pytest.raises(HouseganError, match=r"--minutes '4\+6' names 2 stages, the run has 1\."):
        parsed_budget("4+6", clock="minutes", stages=1)
    with pytest.raises(HouseganError, match=r"--images '1\+2\+3' names 3 stages, the run has 2\."):
        prepare(wishes(pretrain="blobs", images="1+2+3"))


# What is missing or wrong


def test_missing_sets_name_the_commands_in_one_sentence() -> None:
    with pytest.raises(HouseganError) as refusal:
        prepare(wishes("imaginary", pretrain="socal"))
    assert str(refusal.value) == (
        "The pictures are not here yet: run `housegan import socal kaggle:ted8080/house-prices-and-images-socal`, then "
        "`housegan curate socal`, then `housegan scrape imaginary`, then `housegan curate imaginary`."
    )
    with pytest.raises(HouseganError, match=r"run `housegan import mine FOLDER` \(there is no set 'mine' here\), then"):
        prepare(wishes("mine"))


def test_a_set_that_has_pictures_is_only_to_be_curated(monkeypatch: pytest.MonkeyPatch, workdir: Path) -> None:
    folder = workdir.parent / "other" / "data" / "skies"
    folder.mkdir(parents=True)
    (folder / "catalog.sqlite").write_bytes(Path("data/skies/catalog.sqlite").read_bytes())
    monkeypatch.chdir(folder.parent.parent)
    with pytest.raises(HouseganError, match=r"^The pictures are not here yet: run `housegan curate skies`\.$"):
        prepare(wishes())


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"size": 100}, r"--size 100 must be one of 32, 64, 128, 256, 512"),
        ({"size": 128}, r"packed at 64 px, training asks for 128: run `housegan curate skies --size 128` first"),
        ({"pretrain": "skies"}, r"two different sets; with one set use `--data NAME`"),
        ({"images": "5", "minutes": "5"}, r"Give --images or --minutes, not both"),
        ({"batch": 1}, r"pretrain\.batch: .* \(it is 1\); finetune\.batch"),
        ({"finetune": "../skies"}, r"can't name a set"),
        ({"changes": ["finetune.loss=wasserstein"]}, r"1 mistake: finetune\.loss"),
        ({"device": "abacus"}, r"--device 'abacus' must be one of"),
    ],
    ids=str,
)
def test_a_wish_that_can_not_be_granted_is_one_sentence(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(HouseganError, match=sentence) as refusal:
        prepare(wishes(**values))
    assert "\n" not in str(refusal.value)
    assert not Path("runs").exists()


def test_a_single_picture_is_too_few(workdir: Path) -> None:
    Path("data").unlink()
    with writing("lonely", [CuratedRow("a" * 64, (0, 0, 9), held_out=False)], size=32) as images:
        assert images is not None
        images[:] = np.uint8(7)
    Path("data/lonely/catalog.sqlite").touch()
    with pytest.raises(HouseganError, match=r"The finetune stage has 1 picture to train on: import more\."):
        prepare(wishes("lonely"))


def test_a_seed_of_any_size_will_do() -> None:
    assert prepare(wishes(seed=2**80)).config.seed == 2**80

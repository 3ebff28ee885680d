from typing import Any

import pytest

from housegan.config import ModelConfig, Recipe, StageConfig, validated
from housegan.errors import HouseganError
from housegan.networks import detail_multiply_adds, multiply_adds
from housegan.train.schedule import Schedule

MODEL = ModelConfig(size=256, growth="fade", max_channels=512)


def schedule(
    images: int | None = 100_000, *, model: ModelConfig = MODEL, begin_side: int = 4, **values: Any
) -> Schedule:
    return Schedule(StageConfig.model_validate(values), model, images, begin_side)


def test_without_low_resolution_all_is_at_full_size() -> None:
    plain = schedule()
    assert [(phase.side, phase.share) for phase in plain.phases] == [(256, 1)]
    assert {plain.reach(done) for done in (0, 0.5, 1)} == {8}
    assert plain.full_size_images == pytest.approx(100_000)
    assert plain.done(images=25_000, seconds=0) == 0.25


def test_shares_are_of_the_work_not_of_the_images() -> None:
    growing = schedule(low_resolution={64: 0.5, 128: 0.2})
    assert [phase.side for phase in growing.phases] == [64, 128, 256]
    images = [0.0, 0.0, 0.0]
    for number in range(100_000):
        phase = growing.phase(growing.done(images=number, seconds=0))
        images[growing.phases.index(phase)] += 1
    work = [count * growing.cost(phase.side) for count, phase in zip(images, growing.phases, strict=True)]
    assert [part / sum(work) for part in work] == pytest.approx([0.5, 0.2, 0.3], abs=1e-3)
    assert images[0] / images[2] > 2
    assert growing.full_size_images == pytest.approx(sum(work), rel=1e-3)


def test_with_a_budget_in_minutes_shares_are_of_the_time() -> None:
    growing = schedule(None, low_resolution={64: 0.5}, budget={"minutes": 10})
    assert growing.done(images=7, seconds=150) == 0.25
    sides = [growing.phase(growing.done(images=0, seconds=seconds)).side for seconds in (0, 299, 301, 900)]
    assert sides == [64, 64, 256, 256]


def test_new_layers_are_faded_in_and_the_first_ones_are_there_at_once() -> None:
    growing = schedule(low_resolution={64: 0.4, 128: 0.2}, fade_in=0.5)
    assert [growing.reach(done) for done in (0, 0.2, 0.39)] == [6, 6, 6]
    assert 6 < growing.reach(0.4) < 6.001, "the side is larger from the first step on"
    assert growing.reach(0.45) == pytest.approx(6.5)
    assert growing.reach(0.55) == 7
    assert growing.reach(0.7) == pytest.approx(7.5)
    assert growing.reach(1) == 8
    assert schedule(low_resolution={64: 0.4}, fade_in=0).reach(0.4) == 8
    far = schedule(low_resolution={64: 0.5}, fade_in=1)
    assert far.reach(0.75) == pytest.approx(7), "sides that were left out are passed through"


def test_a_stage_begins_where_the_one_before_ended() -> None:
    first = schedule(low_resolution={64: 1})
    assert first.end_side == 64
    second = schedule(begin_side=64, low_resolution={32: 0.2, 64: 0.2, 128: 0.3})
    assert [phase.side for phase in second.phases] == [64, 128, 256]
    assert [phase.share for phase in second.phases] == pytest.approx([0.4, 0.3, 0.3])
    assert second.reach(0) == 6
    grown = schedule(begin_side=128)
    assert 7 < grown.reach(0) < 7.001
    assert grown.reach(0.15) == pytest.approx(7.5)
    assert schedule(begin_side=256).reach(0) == 8


def test_enlarging_needs_no_fading_and_is_work() -> None:
    model = ModelConfig(size=256, growth="detail", generator_channels=32, discriminator_channels=32, max_channels=256)
    growing = schedule(low_resolution={64: 0.4}, model=model)
    assert [growing.reach(done) for done in (0, 0.39, 0.4, 1)] == [6, 6, 8, 8]
    assert schedule(begin_side=64, model=model).reach(0) == 8
    enlarging = detail_multiply_adds(model)
    dearer = detail_multiply_adds(model.model_copy(update={"detail_upsampling": "pixelshuffle"}))
    assert dearer - enlarging == 20 * (64**2 * 32 * 16 + 128**2 * 16 * 8)
    at_64 = 9 * 32 * (3 + 4 * 32) + 16 * 32 * 16
    assert enlarging == 64**2 * at_64 + 128**2 * 16 * 16 * 8 + 256**2 * 27 * 8
    assert growing.cost(256) / growing.cost(64) == pytest.approx(1 + enlarging / 4 / multiply_adds(model, 32))


def test_low_resolution_that_is_not_low_at_this_size_counts_for_the_size() -> None:
    model = MODEL.model_copy(update={"size": 64})
    assert [phase.side for phase in schedule(model=model, low_resolution={64: 0.5, 128: 0.2}).phases] == [64]


def test_the_batch_grows_by_doublings_evenly_over_the_stage() -> None:
    growing = schedule(batch=16, last_batch=128)
    assert [growing.batch(done) for done in (0, 0.24, 0.26, 0.51, 0.76, 1)] == [16, 16, 32, 64, 128, 128]
    assert schedule(batch=16, last_batch=40).batch(1) == 40
    assert schedule(batch=16).batch(1) == 16


def test_augmentation_fades_out_at_the_end() -> None:
    fading = schedule(augment_strength=0.8, augment_fade_out=0.5)
    assert [fading.strength(done) for done in (0, 0.5, 0.75, 1)] == pytest.approx([0.8, 0.8, 0.4, 0])
    assert schedule().strength(1) == 1


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"finetune": {"low_resolution": {64: 0.5}}}, "low_resolution needs model.growth=fade or detail"),
        ({"model": {"growth": "fade"}, "finetune": {"low_resolution": {64: 1}}}, "leaves nothing for the full size"),
        ({"model": {"growth": "fade"}, "pretrain": {"low_resolution": {64: 0.7, 32: 0.4}}}, "add up to more than 1"),
        ({"model": {"growth": "fade"}, "pretrain": {"low_resolution": {48: 0.4}}}, "sides are 32, 64, 128, 256, 512"),
        ({"model": {"growth": "detail"}, "pretrain": {"low_resolution": {32: 0.4}}}, "only side .* model.global_side"),
        ({"finetune": {"batch": 32, "last_batch": 16}}, "last_batch is smaller than batch"),
        ({"finetune": {"freeze": 7}}, "finetune.freeze=7 leaves nothing to learn: 6 at most"),
        ({"model": {"growth": "detail"}, "pretrain": {"freeze": 5}}, "pretrain.freeze=5 .* 4 at most"),
    ],
)
def test_a_course_that_can_not_be_is_one_sentence(values: dict[str, Any], reason: str) -> None:
    with pytest.raises(HouseganError, match=reason):
        validated(Recipe, values, (), where="recipe")


def test_a_recipe_comes_back_from_json_as_it_was() -> None:
    recipe = Recipe.model_validate({"model": {"growth": "fade"}, "finetune": {"low_resolution": {64: 0.5}}})
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe

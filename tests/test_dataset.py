from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from housegan.curated import CuratedRow, current_set, writing
from housegan.dataset import TrainingSet, as_bytes, as_floats, held_out_of, placed, training_pictures
from housegan.errors import HouseganError


def numbered(count: int, *, start: int = 0, side: int = 4) -> NDArray[np.uint8]:
    """Pictures that say who they are: red is the number, green rises from left to right."""
    pictures = np.zeros((count, side, side, 3), np.uint8)
    pictures[..., 0] = np.arange(start, start + count)[:, None, None]
    pictures[..., 1] = np.arange(side) * (255 // side)
    return pictures


def stream(count: int = 10, *, seed: int = 0, stage: str = "finetune", flip: bool = True) -> TrainingSet:
    return TrainingSet([torch.from_numpy(numbered(count))], seed=seed, stage=stage, flip=flip)


def who(batch: Tensor) -> list[int]:
    return [int(number) for number in as_bytes(batch)[:, 0, 0, 0]]


def mirrored(batch: Tensor) -> Tensor:
    return batch[:, 1, 0, 0] > batch[:, 1, 0, -1]


def pack(name: str, pictures: NDArray[np.uint8], *, held_out: set[int]) -> None:
    rows = [CuratedRow(f"{n:064x}", (0, 0, 9), held_out=n in held_out) for n in range(len(pictures))]
    with writing(name, rows, size=pictures.shape[1]) as images:
        assert images is not None
        images[:] = pictures


# The stream


@pytest.mark.parametrize("batch", [1, 3, 4, 10, 25])
def test_each_epoch_shows_each_picture_once_and_batches_cross_epochs(batch: int) -> None:
    data = stream(10)
    seen = [number for shown in range(0, 100, batch) for number in who(data.batch(shown, batch))][:100]
    epochs = [seen[start : start + 10] for start in range(0, 100, 10)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 10, "each in an order of its own"


def test_the_same_place_gives_the_same_batch_whatever_came_before() -> None:
    one, other = stream(), stream()
    for shown in (990, 3, 14, 0, 27):
        one.batch(shown, 7)
    assert torch.equal(one.batch(14, 8), other.batch(14, 8))
    assert torch.equal(one.batch(14, 8), one.batch(14, 8))


def test_another_seed_or_stage_has_another_order_and_other_flips() -> None:
    streams = [stream(60), stream(60, seed=1), stream(60, stage="pretrain")]
    assert len({tuple(who(data.batch(0, 60))) for data in streams}) == 3
    assert len({tuple(mirrored(data.batch(0, 60)).tolist()) for data in streams}) == 3


def test_half_of_the_pictures_are_mirrored_or_none() -> None:
    data = stream(50)
    flips = torch.cat([mirrored(data.batch(shown, 16)) for shown in range(0, 3_200, 16)])
    assert flips.float().mean() == pytest.approx(0.5, abs=0.04), "four standard deviations"
    assert not mirrored(stream(50, flip=False).batch(0, 50)).any()


def test_a_picture_is_mirrored_in_one_epoch_and_not_in_another() -> None:
    data = stream(4)
    batches = [data.batch(shown, 4) for shown in range(0, 80, 4)]
    for number in range(4):
        seen = {
            bool(flip) for batch in batches for n, flip in zip(who(batch), mirrored(batch), strict=True) if n == number
        }
        assert seen == {True, False}


def test_a_mirrored_picture_is_the_same_picture_from_right_to_left() -> None:
    plain, flipped = stream(30, flip=False).batch(0, 30), stream(30).batch(0, 30)
    flips = mirrored(flipped)
    assert torch.equal(torch.where(flips[:, None, None, None], plain.flip(3), plain), flipped)


def test_several_sets_are_one_stream() -> None:
    parts = [torch.from_numpy(numbered(6)), torch.from_numpy(numbered(4, start=100))]
    data = TrainingSet(parts, seed=0, stage="pretrain", flip=True)
    assert len(data) == 10
    assert sorted(who(data.batch(0, 10))) == [0, 1, 2, 3, 4, 5, 100, 101, 102, 103]


def test_a_part_of_a_batch_is_cut_from_the_whole_one() -> None:
    parts = [torch.from_numpy(numbered(6)), torch.from_numpy(numbered(4, start=100))]
    data = TrainingSet(parts, seed=0, stage="pretrain", flip=True)
    for shown in (0, 8, 96):
        cut = [data.batch(shown, 8, slice(start, start + 2)) for start in (0, 2, 4, 6)]
        assert torch.equal(torch.cat(cut), data.batch(shown, 8))


def test_pictures_are_not_copied_where_they_are_trained_on_in_memory() -> None:
    pictures = numbered(6)
    images = placed(pictures, torch.device("cpu"))
    pictures[0] = 77
    assert (images[0] == 77).all()


# Values


def test_all_256_values_come_back_as_they_went() -> None:
    values = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16, 1).expand(1, 16, 16, 3)
    floats = as_floats(values)
    assert (floats.shape, floats.dtype) == ((1, 3, 16, 16), torch.float32)
    assert (floats.min().item(), floats.max().item()) == (-1, 1)
    np.testing.assert_array_equal(as_bytes(floats), values.numpy())


def test_what_lies_outside_is_clamped_and_between_is_rounded() -> None:
    given = torch.tensor([-9.0, -1.0, 0.0, 0.0038, 0.0040, 1.0, 9.0]).reshape(1, 1, 1, 7).expand(1, 3, 1, 7)
    assert as_bytes(given)[0, 0, :, 0].tolist() == [0, 0, 128, 128, 128, 255, 255]
    assert as_bytes(given[..., 3:5].to(torch.bfloat16).requires_grad_()).dtype == np.uint8


# From the curated set


def test_held_out_pictures_never_appear(workdir: Path) -> None:
    pack("houses", numbered(20, side=32), held_out={0, 7, 19})
    pictures = training_pictures(current_set("houses", at_least=32), size=32)
    assert pictures[:, 0, 0, 0].tolist() == [n for n in range(20) if n not in {0, 7, 19}]
    data = TrainingSet([torch.from_numpy(pictures)], seed=0, stage="finetune", flip=True)
    assert not {0, 7, 19} & set(who(data.batch(0, 500)))


def test_what_one_set_holds_out_is_not_trained_on_from_another(workdir: Path) -> None:
    pack("small", numbered(4, side=32), held_out={2})
    pack("large", numbered(6, side=32), held_out={5})  # pictures 0 to 3 are the same as in `small`
    packs = [current_set(name, at_least=32) for name in ("small", "large")]
    held_out = held_out_of(packs)
    seen = [training_pictures(one, size=32, held_out=held_out)[:, 0, 0, 0].tolist() for one in packs]
    assert seen == [[0, 1, 3], [0, 1, 3, 4]]


def test_small_batches_from_a_large_pack_are_box_averages(workdir: Path) -> None:
    large = np.random.default_rng(0).integers(0, 256, (5, 256, 256, 3), np.uint8)
    pack("houses", large, held_out={2})
    pictures = torch.from_numpy(training_pictures(current_set("houses", at_least=32), size=32))
    data = TrainingSet([pictures], seed=0, stage="finetune", flip=False)
    means = large.astype(float).reshape(5, 32, 8, 32, 8, 3).mean(axis=(2, 4))
    batch = as_bytes(data.batch(0, 4))
    assert batch.shape == (4, 32, 32, 3)
    found = [int(np.abs(means - picture).max(axis=(1, 2, 3)).argmin()) for picture in batch]
    assert sorted(found) == [0, 1, 3, 4]
    assert all(np.abs(means[number] - picture).max() <= 0.5 for number, picture in zip(found, batch, strict=True))


def test_a_set_that_is_wholly_held_out_says_what_to_do(workdir: Path) -> None:
    pack("houses", numbered(2, side=32), held_out={0, 1})
    with pytest.raises(
        HouseganError, match=r"'houses' has no pictures to train on: import more, then `housegan curate"
    ):
        training_pictures(current_set("houses", at_least=32), size=32)


def test_a_pack_whose_halves_differ_in_length_is_one_sentence(workdir: Path) -> None:
    pack("houses", numbered(4, side=32), held_out={0})
    rows = current_set("houses", at_least=32).folder / "images.jsonl"
    rows.write_text("".join(rows.read_text().splitlines(keepends=True)[:3]))
    with pytest.raises(HouseganError, match="is damaged"):
        training_pictures(current_set("houses", at_least=32), size=32)

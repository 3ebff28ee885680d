import numpy as np
import pytest
from numpy.typing import NDArray

from housegan import distances
from housegan.errors import HouseganError
from housegan.judge.copying import Copying, copying, rank_z
from housegan.nearest import nearest

Pictures = NDArray[np.float64]


def features(count: int, *, seed: int, scale: float = 1.0) -> Pictures:
    return 3 + scale * np.random.default_rng(seed).normal(size=(count, 12))


TRAINING, HELD_OUT = features(400, seed=1), features(120, seed=2)


def noise(count: int, size: float) -> Pictures:
    return size * np.random.default_rng(9).normal(size=(count, 12))


def test_new_pictures_of_the_same_kind_are_no_copies() -> None:
    found = [copying(features(400, seed=3 * i), features(120, seed=3 * i + 1), features(300, seed=3 * i + 2)) for i in
             range(2, 27)]  # fmt: skip
    assert not any(each.found for each in found)
    # under the null hypothesis a z-score is a standard normal number
    for z in ([each.z for each in found], [each.z_single for each in found]):
        scores = np.array(z, dtype=np.float64)
        assert abs(scores.mean()) < 0.6
        assert 0.6 < scores.std() < 1.4
    assert found[0].sentence.startswith("No copying found (C_T ")


@pytest.mark.parametrize("size", [0.0, 0.1, 0.3])
def test_copies_with_noise_are_found(size: float) -> None:
    found = copying(TRAINING, HELD_OUT, TRAINING[:300] + noise(300, size))
    assert found.found
    assert found.z is not None
    assert found.z < -10
    assert found.sentence.startswith("Copying (C_T -")


def test_twenty_pictures_learned_by_heart_are_found() -> None:
    assert copying(TRAINING[:20], HELD_OUT, np.tile(TRAINING[:20], (10, 1)) + noise(200, 0.2)).found


def test_shrinking_is_told_from_copying() -> None:
    shrunk = copying(TRAINING, HELD_OUT, features(300, seed=5, scale=0.6))
    assert shrunk.z is not None
    assert shrunk.z < -5  # by distance alone it would be a copier
    assert shrunk.found is False
    assert "drawn towards the middle" in shrunk.sentence


def test_bad_pictures_are_no_copies() -> None:
    bad = copying(TRAINING, HELD_OUT, 4 + features(300, seed=5))
    assert bad.found is False
    assert bad.z is not None
    assert bad.z > 5


def test_copies_among_bad_pictures_are_found() -> None:
    mixed = np.concatenate([TRAINING[:100] + noise(100, 0.1), 4 + features(200, seed=5)])
    found = copying(TRAINING, HELD_OUT, mixed)
    assert found.z is not None
    assert found.z > 0
    assert found.close == pytest.approx(1 / 3, abs=0.02)
    assert found.found


def test_under_a_hundred_pictures_are_too_few_to_say() -> None:
    for held_out, generated in ((99, 300), (120, 99)):
        few = copying(TRAINING, HELD_OUT[:held_out], TRAINING[:generated])
        assert few == Copying(held_out, generated)
        assert few.found is None
        assert f"Too few to say whether it copies: {held_out} held-out and {generated} generated" in few.sentence
    assert copying(TRAINING, HELD_OUT[:100], TRAINING[:100]).found


def test_copies_of_mirrored_training_pictures_are_found_by_their_rows() -> None:
    mirrored = TRAINING[:, ::-1] + 1
    rows, pictures = np.concatenate([TRAINING, mirrored]), np.tile(np.arange(400), 2)
    copies = mirrored[:200] + noise(200, 0.1)
    assert copying(TRAINING, HELD_OUT, copies).found is False
    assert copying(rows, HELD_OUT, copies, pictures=pictures).found
    found = nearest(copies, rows, pictures=pictures)
    assert (found.pictures[:, 0] == np.arange(200)).all()
    assert (found.rows[:, 0] == 400 + np.arange(200)).all()


def test_a_picture_and_its_mirror_image_that_look_alike_are_one_picture() -> None:
    rows, pictures = np.concatenate([TRAINING, TRAINING + 1e-3]), np.tile(np.arange(400), 2)
    # with the mirror image as the second nearest no copy would ever be near to a single one
    assert copying(rows, HELD_OUT, TRAINING[:200] + noise(200, 0.1), pictures=pictures).found


def test_blocks_of_memory_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    generated = features(150, seed=5)
    whole, near = copying(TRAINING, HELD_OUT, generated), nearest(generated, TRAINING, count=3)
    monkeypatch.setattr(distances, "BLOCK_NUMBERS", 1000)
    assert copying(TRAINING, HELD_OUT, generated) == whole
    assert (nearest(generated, TRAINING, count=3).rows == near.rows).all()


def test_the_z_score_counts_pairs_and_halves_for_ties() -> None:
    draw = np.random.default_rng(8)
    these, those = draw.integers(0, 12, 40).astype(float), draw.integers(3, 15, 30).astype(float)
    u = sum((a > b) + (a == b) / 2 for a in these for b in those)
    both = np.concatenate([these, those])
    # the variance of a sum of ranks drawn without repetition, from the ranks themselves
    ranks = np.array([(both < a).sum() + ((both == a).sum() + 1) / 2 for a in both])
    spread = np.sqrt(40 * 30 / 70 * ranks.var(ddof=1))
    assert rank_z(these, those) == pytest.approx((u - 600) / spread)
    assert rank_z(those, these) == pytest.approx(-rank_z(these, those))
    assert rank_z(np.ones(5), np.ones(7)) == 0


def test_fewer_training_pictures_than_wanted_are_a_sentence() -> None:
    with pytest.raises(HouseganError, match="There are 3 training pictures; this needs at least 4"):
        nearest(HELD_OUT, TRAINING[:6], pictures=np.array([0, 0, 1, 1, 2, 2]), count=4)
    with pytest.raises(HouseganError, match="at least 2"):
        copying(TRAINING[:1], HELD_OUT, TRAINING)

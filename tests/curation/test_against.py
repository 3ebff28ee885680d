from dataclasses import replace

from curation.against import Shared, Side, candidates_between, doubtful_between, shared_between
from curation.looks import Look
from housegan.catalog import Sha256
from housegan.config import CurateConfig

CONFIG = CurateConfig(duplicate_bits=24, doubtful_bits=64)


def name(number: int) -> Sha256:
    return Sha256(f"{number:064x}")


def looked(*, flipped: int = 0, start: int = 0, contrast: float = 50.0) -> Look:
    """Make up what was seen: so many bits of the hash are set from `start` on; every other variant is far from all."""
    upright = f"{sum(1 << bit for bit in range(start, start + flipped)):064x}"
    far = f"{sum(1 << bit for bit in range(0, 256, 2)):064x}"
    return Look((upright, *[far] * 7), (0, 0, 0, 0), contrast, 120.0, 5.0, 0.3, 0.0, 0.0, 90)


def shared(these: Side, those: Side, **judged: bool | None) -> Shared:
    """Compare; `judged` says by `a1_b2` what the closer look says of first and second."""
    near = candidates_between(these, those, CONFIG)
    judgements = {
        (name(int(key.split("_")[0][1:])), name(int(key.split("_")[1][1:]))): (same, "looked closer")
        for key, same in judged.items()
    }
    assert set(judgements) <= {(pair.first, pair.second) for pair in doubtful_between(near, CONFIG)}
    return shared_between(these, those, near, judgements, CONFIG)


def test_near_pictures_of_two_sets_are_shared_the_nearest_first() -> None:
    these = Side("a", {name(1): looked(), name(9): looked(flipped=200)}, {name(1): "Casa"})
    those = Side(
        "b", {name(2): looked(flipped=20), name(3): looked(flipped=4), name(4): looked(flipped=99)}, {name(3): "Villa"}
    )
    found = shared(these, those)
    assert [(pair.first, pair.second, pair.bits) for pair in found.pairs] == [
        (name(1), name(3), 4),
        (name(1), name(2), 20),
    ]
    assert (found.pairs[0].first_title, found.pairs[0].second_title) == ("Casa", "Villa")
    assert (found.pairs[0].variant, found.count, found.doubtful) == ("as it is", 1, [])


def test_a_mirrored_picture_is_shared_and_says_so() -> None:
    look = looked()
    mirrored = replace(look, hashes=(look.hashes[1], look.hashes[0], *look.hashes[2:]))
    found = shared(Side("a", {name(1): mirrored}), Side("b", {name(2): look}))
    assert [(pair.bits, pair.variant) for pair in found.pairs] == [(0, "mirrored")]


def test_the_same_bytes_are_shared_even_where_they_are_flat() -> None:
    these = Side("a", {name(1): looked(contrast=1.0), name(2): looked(contrast=1.0)})
    those = Side("b", {name(1): looked(contrast=1.0), name(3): looked()})
    assert [(pair.first, pair.second, pair.bits) for pair in shared(these, those).pairs] == [(name(1), name(1), 0)]


def test_the_same_bytes_in_both_are_one_pair() -> None:
    side = {name(1): looked(), name(2): looked(flipped=150)}
    assert shared(Side("a", side), Side("b", side)).count == 2
    assert len(shared(Side("a", side), Side("b", side)).pairs) == 2


def test_doubtful_pairs_are_what_the_closer_look_says() -> None:
    these = Side("a", {name(1): looked()})
    those = Side("b", {name(n): looked(flipped=30 + n, start=40 * n) for n in (2, 3, 4, 5)})
    found = shared(these, those, a1_b2=True, a1_b3=False, a1_b4=None)
    assert [(pair.second, pair.reason) for pair in found.pairs] == [(name(2), "looked closer")]
    assert [(pair.second, pair.reason) for pair in found.doubtful] == [
        (name(4), "looked closer"), (name(5), "not compared")
    ]  # fmt: skip


def test_it_says_what_leaks_from_a_held_out_share() -> None:
    both = {name(1): looked(), name(2): looked(flipped=150)}
    found = shared(Side("socal", both, held_out=[]), Side("imaginary", both, held_out=[name(2), name(7)]))
    assert (found.held_out_of_these, found.held_out_of_those) == (0, 1)
    assert str(found) == (
        "'socal' shares 2 pictures with 'imaginary'. 1 of them is held out of 'imaginary': a generator that is trained "
        "on 'socal' as well has seen what it is judged by."
    )


def test_it_says_when_nothing_is_shared_and_when_nothing_is_held_out_yet() -> None:
    apart = Side("a", {name(1): looked()}), Side("b", {name(2): looked(flipped=128)})
    assert str(shared(*apart)) == "'a' shares no picture with 'b'."
    may_be = shared(Side("a", {name(1): looked()}), Side("b", {name(2): looked(flipped=30)}))
    assert str(may_be) == "'a' shares no picture with 'b', and 1 more pair may be the same."
    same = shared(Side("a", {name(1): looked()}), Side("b", {name(2): looked()}, held_out=[]))
    assert same.held_out_of_these is None
    assert str(same) == "'a' shares 1 picture with 'b'. 'a' has no pack yet, so that nothing is held out of it."

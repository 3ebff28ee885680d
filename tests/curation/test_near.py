import importlib.util
import re
from collections.abc import Iterable

import numpy as np
import pytest

from curation import near
from curation.hashes import HASH_BITS
from curation.near import Near, near_between, near_pairs
from housegan.catalog import Sha256
from housegan.errors import StoppedError

Hashes = dict[Sha256, tuple[str, ...]]


def name(number: int) -> Sha256:
    return Sha256(f"{number:064x}")


def drawn(count: int, *, seed: int, first: int = 0) -> Hashes:
    """Hashes of which many are near: a few flips of a few, and some variants of one are the next one as it is."""
    rng = np.random.default_rng(seed)
    few = rng.integers(0, 2, (5, HASH_BITS), dtype=np.uint8)
    found: Hashes = {}
    for number in range(first, first + count):
        flips = rng.random((8, HASH_BITS)) < rng.uniform(0, 0.3, (8, 1))
        variants = few[rng.integers(0, 5, 8)] ^ flips
        found[name(number)] = tuple(np.packbits(row).tobytes().hex() for row in variants)
    return found


def plainly(one: tuple[str, ...], other: tuple[str, ...], max_bits: int) -> tuple[int, int] | None:
    """Bits and variant, counted one by one."""
    counts = [(int(turned, 16) ^ int(other[0], 16)).bit_count() for turned in one]
    bits, variant = min(counts), counts.index(min(counts))
    return (bits, variant) if bits <= max_bits else None


def pairs_plainly(hashes: Hashes, max_bits: int) -> list[Near]:
    names = sorted(hashes)
    return [
        Near(a, b, *found)
        for i, a in enumerate(names)
        for b in names[i + 1 :]
        if (found := plainly(hashes[a], hashes[b], max_bits))
    ]


@pytest.fixture(params=["numpy", "faiss"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Either way to search, and blocks so small that a few hundred pictures fill several."""
    if request.param == "faiss":
        if not importlib.util.find_spec("faiss"):
            pytest.skip("faiss is not installed")
        monkeypatch.setattr(near, "NUMPY_PICTURES", 0)
    monkeypatch.setattr(near, "_QUERY_PICTURES", 17)
    monkeypatch.setattr(near, "_BASE_PICTURES", 50)
    return str(request.param)


@pytest.mark.parametrize("max_bits", [0, 24, 64, 96])
def test_all_pairs_equal_those_counted_plainly(engine: str, max_bits: int) -> None:
    hashes = drawn(230, seed=max_bits)
    hashes |= {name(1_000 + n): hashes[name(n)] for n in range(0, 40, 3)}
    expected = pairs_plainly(hashes, max_bits)
    assert near_pairs(hashes, max_bits=max_bits) == expected
    assert len(expected) >= 14
    assert max_bits == 0 or len({pair.variant for pair in expected}) == 8


def test_pairs_between_two_sets_equal_those_counted_plainly(engine: str) -> None:
    these, those = drawn(120, seed=1), drawn(70, seed=1, first=60)
    expected = [
        Near(a, b, *found) for a in sorted(these) for b in sorted(those) if (found := plainly(these[a], those[b], 64))
    ]
    assert near_between(these, those, max_bits=64) == expected
    assert any(pair.first > pair.second for pair in expected)


def test_the_limit_itself_is_within_reach(engine: str) -> None:
    zero, flipped = "0" * 64, f"{(1 << 64) - 1:064x}"
    hashes = {name(1): (zero,) * 8, name(2): (flipped,) * 8}
    assert near_pairs(hashes, max_bits=64) == [Near(name(1), name(2), 64, 0)]
    assert near_pairs(hashes, max_bits=63) == []


def test_the_variant_is_that_of_the_first(engine: str) -> None:
    far, zero = "f" * 64, "0" * 64
    turned = (far, far, far, far, far, zero, far, far)
    assert near_pairs({name(1): turned, name(2): (zero, *turned[1:])}, max_bits=10) == [Near(name(1), name(2), 0, 5)]


def test_few_pictures_are_near_to_none(engine: str) -> None:
    one = {name(1): ("0" * 64,) * 8}
    assert near_pairs({}, max_bits=64) == near_pairs(one, max_bits=64) == []
    assert near_between({}, one, max_bits=64) == near_between(one, {}, max_bits=64) == []
    assert near_between(one, one, max_bits=64) == [Near(name(1), name(1), 0, 0)]


def test_a_thousand_equal_pictures_are_all_pairs() -> None:
    found = near_pairs({name(n): ("a" * 64, *["5" * 64] * 7) for n in range(1_000)}, max_bits=24)
    assert len(found) == 1_000 * 999 // 2
    assert {(pair.bits, pair.variant) for pair in found} == {(0, 0)}


def test_ctrl_c_ends_a_search_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> Iterable[object]:
        raise KeyboardInterrupt

    monkeypatch.setattr(near, "_nearest", interrupted)
    with pytest.raises(StoppedError, match="run the same command again"):
        near_pairs(drawn(3, seed=0), max_bits=64)


def test_without_faiss_many_pictures_are_compared_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing() -> object:
        raise ImportError

    hashes = drawn(60, seed=3)
    monkeypatch.setattr(near, "NUMPY_PICTURES", 50)
    monkeypatch.setattr(near, "import_faiss", missing)
    assert near_pairs(hashes, max_bits=64) == pairs_plainly(hashes, 64)
    assert re.search(r"60 pictures are compared by numpy.*pip install 'housegan\[faiss\]'", capsys.readouterr().err)

"""How long all pairs of many perceptual hashes take, each in eight variants, by faiss and by numpy.

The hashes are drawn here from a seed; among them are planted pairs at every distance from 0 to the limit and just
beyond it, in every variant: all of those within reach must be found. Of whatever is found the bits are counted again.
"""

import argparse
import json
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from curation import near
from housegan.catalog import Sha256

PLANTED_A_DISTANCE = 10

FoundPair = tuple[int, int, int, int]


def main() -> None:
    """Measure, print a table, and the same as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hashes", type=int, default=100_000, help="pictures; faiss where they are over 30,000")
    parser.add_argument("--by-numpy", type=int, default=30_000, help="pictures of the second run, by numpy")
    parser.add_argument("--max-bits", type=int, default=80, help="the most bits that may differ")
    options = parser.parse_args()
    rows = large, small = [measured(count, options.max_bits) for count in (options.hashes, options.by_numpy)]
    peak_mb = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
    exact = all(row.planted <= row.found and not row.wrong for row in rows)
    print(f"{'hashes':>8}  {'by':<6}{'seconds':>9}{'planted within reach':>22}{'found':>8}{'others':>8}{'wrong':>7}")
    for row in rows:
        right, others = len(row.found & row.planted), len(row.found - row.planted)
        print(
            f"{row.hashes:>8,}  {row.by:<6}{row.seconds:>9.1f}{len(row.planted):>22,}{right:>8,}{others:>8,}"
            f"{row.wrong:>7,}"
        )
    print(
        json.dumps(
            {"value": round(large.seconds, 1), "peak_mb": peak_mb, "exact": exact, "hashes": large.hashes}
            | {"by": large.by, "numpy_hashes": small.hashes, "numpy_seconds": round(small.seconds, 1)}
        )
    )
    if not exact:
        sys.exit("planted pairs are missing, or bits are counted wrongly")


@dataclass(frozen=True)
class Row:
    """One search; the pairs are (first, second, bits, variant)."""

    hashes: int
    by: str
    seconds: float
    found: set[FoundPair]
    planted: set[FoundPair]
    wrong: int
    """Pairs found of which other bits differ than is said."""


def measured(count: int, max_bits: int) -> Row:
    """Search among `count` hashes."""
    variants, planted = hashes(count, max_bits)
    named = {Sha256(f"{n:064x}"): [row.tobytes().hex() for row in eight] for n, eight in enumerate(variants)}
    started = time.perf_counter()
    pairs = near.near_pairs(named, max_bits=max_bits)
    seconds = time.perf_counter() - started
    by = "faiss" if count > near.NUMPY_PICTURES and has_faiss() else "numpy"
    found = {(int(pair.first, 16), int(pair.second, 16), pair.bits, pair.variant) for pair in pairs}
    wrong = sum(
        int(np.bitwise_count(variants[first, variant] ^ variants[second, 0]).sum()) != bits or bits > max_bits
        for first, second, bits, variant in found
    )
    return Row(count, by, seconds, found, {pair for pair in planted if pair[2] <= max_bits}, wrong)


def hashes(count: int, max_bits: int) -> tuple[NDArray[np.uint8], set[FoundPair]]:
    """Draw count × 8 × 32 bytes, and plant (first, second, bits, variant); unrelated ones are about 128 bits apart."""
    rng = np.random.default_rng(0)
    variants = rng.integers(0, 256, (count, 8, near.BITS // 8), dtype=np.uint8)
    distances = np.repeat(np.arange(max_bits + 4), PLANTED_A_DISTANCE)
    pairs = np.sort(rng.permutation(count)[: 2 * len(distances)].reshape(-1, 2), axis=1)
    planted = set()
    for (first, second), bits in zip(pairs.tolist(), distances.tolist(), strict=True):
        variant = int(rng.integers(8))
        flips = np.zeros(near.BITS, np.uint8)
        flips[rng.permutation(near.BITS)[:bits]] = 1
        variants[second, 0] = variants[first, variant] ^ np.packbits(flips)
        planted.add((first, second, bits, variant))
    return variants, planted


def has_faiss() -> bool:
    """Whether faiss is installed."""
    try:
        near.import_faiss()
    except ImportError:
        return False
    return True


if __name__ == "__main__":
    main()

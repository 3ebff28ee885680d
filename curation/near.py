"""All pairs of pictures whose perceptual hashes differ in few bits: exact, over eight rotations and mirrorings.

Up to 30,000 pictures blocks of hashes are compared by a matrix product of ±1, whose entries are 256 less twice the bits
that differ: numpy's own popcount takes two to three times as long. Beyond, faiss counts bits.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curation.hashes import HASH_BITS
from housegan.catalog import Sha256
from housegan.progress import Progress

NUMPY_PICTURES = 30_000
"""To this many pictures numpy is quick enough; beyond, faiss is asked."""

Hashes: TypeAlias = Mapping[Sha256, Sequence[str]]
_Rows: TypeAlias = NDArray[np.uint8]  # hashes × 32 bytes
_Hits: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]  # query, base, bits
_Search: TypeAlias = Callable[[_Rows, int], _Hits]  # queries, most bits

_QUERY_PICTURES = 256
_BASE_PICTURES = 4_096


@dataclass(frozen=True, slots=True)
class Near:
    """Two pictures of whose hashes `bits` differ when `first` is turned as `curation.hashes.VARIANTS[variant]` says."""

    first: Sha256
    second: Sha256
    bits: int
    variant: int


def near_pairs(hashes: Hashes, *, max_bits: int) -> list[Near]:
    """Find all pairs of pictures of whose hashes at most `max_bits` of 256 differ, in the order of their digests.

    Every variant of the one with the smaller digest (`first`) meets the other as it is; of several variants within
    reach the nearest counts, of equal ones the first. Raises StoppedError on Ctrl-C.
    """
    names = sorted(hashes)
    found = _found(_all_variants(hashes, names), None, max_bits=max_bits)
    return [Near(names[i], names[j], bits, variant) for i, j, bits, variant in found]


def near_between(these: Hashes, those: Hashes, *, max_bits: int) -> list[Near]:
    """Find all pairs of one of `these` (`first`, every variant) and one of `those` (`second`), else as `near_pairs`."""
    names, others = sorted(these), sorted(those)
    found = _found(_all_variants(these, names), _upright(_all_variants(those, others)), max_bits=max_bits)
    return [Near(names[i], others[j], bits, variant) for i, j, bits, variant in found]


def _all_variants(hashes: Hashes, names: Sequence[Sha256]) -> NDArray[np.uint8]:  # pictures × variants × 32
    joined = bytes.fromhex("".join("".join(hashes[name]) for name in names))
    return np.frombuffer(joined, np.uint8).reshape(len(names), 8, HASH_BITS // 8)


def _upright(variants: NDArray[np.uint8]) -> _Rows:
    return np.ascontiguousarray(variants[:, 0])


def _found(queries: NDArray[np.uint8], base: _Rows | None, *, max_bits: int) -> list[tuple[int, int, int, int]]:
    """All (query picture, base picture, bits, variant); without a base the queries meet those after them."""
    among_themselves = base is None
    base = _upright(queries) if base is None else base
    found = []
    with Progress(
        "comparing hashes", total=len(queries), unit="pictures",
        if_stopped="Stopped; nothing is decided yet. To go on, run the same command again.",
    ) as progress:  # fmt: skip
        engine = _engine(max(len(queries), len(base)), progress)
        blocks = [
            (start, engine(base[start : start + _BASE_PICTURES])) for start in range(0, len(base), _BASE_PICTURES)
        ]
        for start in range(0, len(queries), _QUERY_PICTURES):
            block = queries[start : start + _QUERY_PICTURES]
            rows = block.reshape(-1, HASH_BITS // 8)
            for base_start, search in blocks:
                if not among_themselves or base_start + _BASE_PICTURES > start + 1:
                    row, column, bits = search(rows, max_bits)
                    i, variant = row // 8 + start, row % 8
                    j = column + base_start
                    keys = ((i * len(base) + j) << 12) | (bits << 3) | variant
                    found.append(_nearest(keys[i < j] if among_themselves else keys))
            progress.advance(len(block))
        keys = np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)
        i, j = np.divmod(keys >> 12, max(len(base), 1))
        return list(zip(i.tolist(), j.tolist(), (keys >> 3 & 511).tolist(), (keys & 7).tolist(), strict=True))


def _nearest(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Keep for each pair the key of fewest bits, of the first variant; a key is pair, bits, variant in one number."""
    keys = np.sort(keys)
    pairs = keys >> 12
    return keys[np.diff(pairs, prepend=-1) > 0]


def import_faiss() -> Any:
    """Import faiss without the warnings of its bindings; raises ImportError where it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import faiss
    return faiss


def _engine(pictures: int, progress: Progress) -> Callable[[_Rows], _Search]:
    if pictures <= NUMPY_PICTURES:
        return _by_numpy
    try:
        import_faiss()
    except ImportError:
        progress.say(
            f"{pictures:,} pictures are compared by numpy, which takes a few times as long as faiss with the same "
            "result: pip install 'housegan[faiss]' for next time."
        )
        return _by_numpy
    return _by_faiss


def _by_numpy(base: _Rows) -> _Search:
    columns = _signs(base).T

    def search(queries: _Rows, max_bits: int) -> _Hits:
        alike = _signs(queries) @ columns  # float32 holds whole numbers to 2²⁴, so this is exact
        row, column = np.divmod(np.flatnonzero(alike >= HASH_BITS - 2 * max_bits), alike.shape[1])
        return row, column, (HASH_BITS - alike[row, column].astype(np.int64)) // 2

    return search


def _by_faiss(base: _Rows) -> _Search:
    index = import_faiss().IndexBinaryFlat(HASH_BITS)
    index.add(base)

    def search(queries: _Rows, max_bits: int) -> _Hits:
        limits, bits, column = index.range_search(queries, max_bits + 1)  # its radius is the first that is too far
        row = np.repeat(np.arange(len(queries)), np.diff(limits.astype(np.int64)))
        return row, column, bits.astype(np.int64)

    return search


def _signs(rows: _Rows) -> NDArray[np.float32]:
    return np.unpackbits(rows, axis=1).astype(np.float32) * 2 - 1

"""How fast pictures are described, and how well a few labels then tell house fronts from rooms.

Data: ../shared/data/houses, 300 fronts and 225 rooms (Ahmed & Moustafa 2016). Ridge regression on features of length
one, half of the labels from each kind, drawn again in every round; the accuracy is that on all the others.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from housegan.features import LITE0, SIDE_PX, network, prepared
from housegan.pictures import decode

LABELS = (20, 50)
RIDGE = 0.01


def main() -> None:
    """Measure, print a table, and the same as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    data = Path(__file__).resolve().parents[2] / "shared" / "data" / "houses"
    parser.add_argument("--data", type=Path, default=data, help="folder with frontal/ and interior/")
    parser.add_argument("--network", default=LITE0, help="or a model of timm")
    parser.add_argument("--rounds", type=int, default=200, help="draws of labelled pictures")
    options = parser.parse_args()
    fronts, rooms = (sorted((options.data / kind).glob("*.jpg")) for kind in ("frontal", "interior"))
    started = time.perf_counter()
    pictures = np.stack([prepared(decode(path.read_bytes(), at_least_px=SIDE_PX)) for path in [*fronts, *rooms]])
    decoded_s = time.perf_counter() - started
    describe = network(options.network).describe
    describe(pictures[:8])
    started = time.perf_counter()
    described = describe(pictures)
    described_s = time.perf_counter() - started
    labels = np.repeat([1.0, -1.0], [len(fronts), len(rooms)])
    accuracies = {count: accuracy(described, labels, count, options.rounds) for count in LABELS}
    print(f"{options.network}, {len(fronts)} fronts, {len(rooms)} rooms, {torch.get_num_threads()} threads")
    print(f"{'decoded and squeezed':<24}{len(pictures) / decoded_s:>8.1f} a second, one process")
    print(f"{'described':<24}{len(pictures) / described_s:>8.1f} a second")
    for count, value in accuracies.items():
        print(f"{f'with {count} labels':<24}{value:>8.1%} right, mean of {options.rounds} draws")
    print(
        json.dumps(
            {
                "value": round(len(pictures) / described_s, 1),
                "decoded_a_second": round(len(pictures) / decoded_s, 1),
                **{f"accuracy_{count}": round(value, 4) for count, value in accuracies.items()},
                "seconds": round(decoded_s + described_s, 1),
            }
        )
    )


def accuracy(described: NDArray[np.float32], labels: NDArray[np.float64], count: int, rounds: int) -> float:
    """The share of the unlabelled that is guessed right from `count` labelled ones, mean over `rounds` draws."""
    rng = np.random.default_rng(0)
    features = described / np.linalg.norm(described, axis=1, keepdims=True)
    rights = []
    for _ in range(rounds):
        known = np.concatenate(
            [rng.choice(np.flatnonzero(labels == kind), count // 2, replace=False) for kind in (1, -1)]
        )
        centre = features[known].mean(axis=0)
        seen = features[known] - centre
        weights = seen.T @ np.linalg.solve(seen @ seen.T + RIDGE * np.eye(count), labels[known])
        guessed = (features - centre) @ weights
        rest = np.setdiff1d(np.arange(len(labels)), known)
        rights.append(((guessed[rest] > 0) == (labels[rest] > 0)).mean())
    return float(np.mean(rights))


if __name__ == "__main__":
    main()

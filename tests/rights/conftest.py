"""A set with pictures whose stories are known, packed and trained on as far as the contracts say so."""

import hashlib
from collections.abc import Callable

import numpy as np
import pytest

from housegan.catalog import Catalog, Sha256, Sighting
from housegan.config import Recipe
from housegan.curated import CuratedRow, CuratedSet, current_set, writing
from housegan.pictures import inspect
from housegan.run.folder import Run, RunConfig, SetUsed, new_run

Add = Callable[..., Sha256]
Pack = Callable[..., CuratedSet]
Train = Callable[..., Run]


@pytest.fixture
def add(catalog: Catalog, picture: Callable[..., bytes]) -> Add:
    """Add the picture of a seed, as it was found at the given sightings."""

    def add(seed: int, *sightings: Sighting) -> Sha256:
        data = picture(seed)
        sha256, facts = Sha256(hashlib.sha256(data).hexdigest()), inspect(data)
        catalog.keep_bytes(sha256, facts.format, data)
        for sighting in sightings or (Sighting("reddit", f"https://x.org/{seed}.jpg", author=f"u/{seed}"),):
            catalog.add([(sha256, len(data), facts, sighting)])
        return sha256

    return add


@pytest.fixture
def pack() -> Pack:
    """Pack pictures, black as they are."""

    def pack(*digests: Sha256, name: str = "houses") -> CuratedSet:
        rows = [CuratedRow(sha256, (0, 0, 72), held_out=False, author="somebody") for sha256 in digests]
        with writing(name, rows, size=32) as images:
            assert isinstance(images, np.ndarray)
            images[:] = 0
        return current_set(name, at_least=32)

    return pack


@pytest.fixture
def train() -> Train:
    """Make the run folder of a training on a pack."""

    def train(finetune: CuratedSet, pretrain: CuratedSet | None = None) -> Run:
        def used(pack: CuratedSet) -> SetUsed:
            return SetUsed(name=pack.name, pack=pack.folder.name, pictures=3)

        return new_run(
            RunConfig(
                recipe=Recipe(), recipe_name="default", seed=0, pretrain=used(pretrain) if pretrain else None,
                finetune=used(finetune), precision="fp32", device="cpu",
            )
        )  # fmt: skip

    return train

"""A real catalog in a fresh working folder, and pictures whose truth is known."""

import hashlib
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from housegan.catalog import Catalog, Sha256, Sighting
from housegan.pictures import inspect

Paint = Callable[..., Image.Image]
Add = Callable[..., Sha256]


@pytest.fixture
def paint() -> Paint:
    """Paint discs with sharp edges on blobs of colour, another picture for every seed."""

    def paint(seed: int, width: int = 320, height: int = 256) -> Image.Image:
        rng = np.random.default_rng(seed)
        coarse = Image.fromarray(rng.integers(0, 256, (9, 11, 3), dtype=np.uint8))
        image = coarse.resize((320, 256), Image.Resampling.BICUBIC)
        draw = ImageDraw.Draw(image)
        for x, y, radius in rng.integers((0, 0, 6), (320, 256, 30), (40, 3)).tolist():
            colour = tuple(rng.integers(0, 256, 3).tolist())
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
        return image.resize((width, height), Image.Resampling.LANCZOS)

    return paint


@pytest.fixture
def add(catalog: Catalog) -> Add:
    """Add a picture to the catalog as intake does, and return its digest."""

    def add(image: Image.Image, *, name: str = "", **how: Any) -> Sha256:
        file = io.BytesIO()
        options: dict[str, Any] = {"format": "JPEG", "quality": 92} | how
        image.save(file, **options)
        sha256 = Sha256(hashlib.sha256(file.getvalue()).hexdigest())
        facts = inspect(file.getvalue())
        catalog.keep_bytes(sha256, facts.format, file.getvalue())
        catalog.add([(sha256, len(file.getvalue()), facts, Sighting("import", name or sha256, title=name))])
        return sha256

    return add

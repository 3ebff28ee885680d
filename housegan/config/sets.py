"""`configs/sets/NAME.yaml`: a data set's story, where it comes from and what is kept."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from housegan.config.reading import Part, read_yaml, validated
from housegan.config.scrape import ScrapeConfig
from housegan.places import config_file

Size = Literal[32, 64, 128, 256, 512]
"""Sides in px, as in `places.SIZES`."""


class IntakeConfig(Part):
    """What a stranger's file may cost before it is refused."""

    max_file_mb: PositiveFloat = 25
    """Largest file taken, in megabytes."""
    max_megapixels: PositiveFloat = 50
    """Largest picture decoded, in millions of pixels, by its header."""
    time_limit_s: PositiveFloat = 20
    """Seconds that decoding one file may take."""
    memory_limit_mb: Annotated[int, Field(ge=512)] = 2_000
    """Address space of one decoding process, in megabytes."""


class CurateConfig(Part):
    """What is kept and how it is packed."""

    size: Size = 256
    """Side of the packed pictures, in px."""
    min_side_px: PositiveInt = 192
    """Pictures with a shorter side than this are too small."""
    min_contrast: Annotated[float, Field(ge=0, le=128)] = 4.0
    """Standard deviation of the luminance (0 to 255) under which a picture is nearly flat."""
    duplicate_bits: Annotated[int, Field(ge=0, le=64)] = 24
    """Two pictures are the same if at most this many of the 256 bits of their perceptual hashes differ."""
    held_out: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    """Share of the kept pictures that training never sees, whole groups of duplicates together."""


class SetConfig(Part):
    """`configs/sets/NAME.yaml`: a data set's story."""

    title: str = ""
    """A few words for people."""
    story: str = ""
    """Where the idea comes from, in a sentence or two."""
    recipe: str = "default"
    """The recipe that training takes when this set is the one to learn."""
    scrape: ScrapeConfig = ScrapeConfig()
    intake: IntakeConfig = IntakeConfig()
    curate: CurateConfig = CurateConfig()


def load_set(name: str, changes: Iterable[str] = ()) -> SetConfig:
    """Read `configs/sets/NAME.yaml`, or the defaults where there is none, with `--set` changes applied."""
    path = config_file("sets", name)
    return validated(SetConfig, read_yaml(path) if path else {}, changes, where=str(path or f"set {name}"))

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
    memory_limit_mb: Annotated[int, Field(ge=1024)] = 2_000
    """Address space of one decoding process, in megabytes."""


class CurateConfig(Part):
    """What is kept and how it is packed."""

    size: Size = 256
    """Side of the packed pictures, in px."""
    min_side_px: PositiveInt = 192
    """Pictures with a shorter side than this are too small."""
    max_aspect: Annotated[float, Field(ge=1)] = 3.0
    """Pictures whose longer side is more than this many times the shorter one are too narrow."""
    min_contrast: Annotated[float, Field(ge=0, le=128)] = 4.0
    """Standard deviation of the luminance (0 to 255) under which a picture is nearly flat."""
    min_sharpness: Annotated[float, Field(ge=0)] = 0.28
    """Sharpness at 256 px, 0 to 1, under which a picture is blurred: soft paintings have 0.4, a blur of 1.5 px 0.25."""
    min_brightness: Annotated[float, Field(ge=0, le=255)] = 8.0
    """Mean luminance under which a picture is too dark; lit houses at night have 10 to 20."""
    max_brightness: Annotated[float, Field(ge=0, le=255)] = 245.0
    """Mean luminance above which a picture is too bright."""
    min_saturation: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Mean saturation under which a picture is grey; 0 takes grey pictures too, 0.03 asks for colour."""
    max_collage: Annotated[float, Field(ge=0, le=1)] = 0.55
    """How much a picture may look like several put together, 0 to 1 (see `curation.seams`); 1 takes collages too."""
    max_filled: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Share of the height that a decoder may have filled with one grey, as it does where the file's end is missing."""
    max_border: Annotated[float, Field(ge=0, le=1)] = 0.6
    """Share of the area that may be uniform border; the crop leaves the border out."""
    duplicate_bits: Annotated[int, Field(ge=0, le=64)] = 24
    """Two pictures are the same if at most this many of the 256 bits of their perceptual hashes differ."""
    doubtful_bits: Annotated[int, Field(ge=0, le=96)] = 80
    """Above `duplicate_bits` and up to this many, two pictures are compared more closely; 0 leaves that out."""
    crop: Literal["subject", "centre"] = "subject"
    """Whether the square is laid where the subject is, or always at the centre."""
    min_crop_confidence: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Crops of which the machine is less sure than this wait for a person; until then they are used as they are."""
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

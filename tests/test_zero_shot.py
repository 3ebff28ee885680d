"""Words beside pictures: an extra that says so where it isn't there."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from housegan.errors import HouseganError
from housegan.zero_shot import Clip, Words, expect_installed

STAND_IN = """
import os

import numpy as np
import torch


class Model(torch.nn.Module):
    logit_scale = torch.tensor(100.0).log()

    def encode_image(self, pictures):  # how red they are, and how green
        return 7 * pictures.mean(dim=(2, 3))[:, :2]

    def encode_text(self, tokens):
        return tokens


def create_model_and_transforms(name, pretrained):
    if "NO_WEIGHTS" in os.environ:
        raise OSError("the hub\\n is away")
    return Model(), None, lambda image: torch.from_numpy(np.array(image)).permute(2, 0, 1) / 255


def get_tokenizer(name):
    return lambda words: torch.tensor([[0.0, 2.0] if word == "a room" else [3.0, 0.0] for word in words])
"""


def stand_in(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let a small package stand in for open_clip: rooms are green for it, and all else is red."""
    (folder / "open_clip.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "open_clip", raising=False)
    monkeypatch.setitem(sys.modules, "open_clip", __import__("open_clip"))  # taken out again after the test


@pytest.mark.skipif(importlib.util.find_spec("open_clip") is not None, reason="open_clip is here")
def test_without_the_extra_a_sentence_says_what_to_install() -> None:
    for asked in (expect_installed, Clip):
        with pytest.raises(HouseganError, match=r"which is not installed: `pip install 'housegan\[words\]'`\."):
            asked()


def test_without_weights_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in(monkeypatch, tmp_path)
    monkeypatch.setenv("NO_WEIGHTS", "1")
    with pytest.raises(HouseganError, match=r"can't be had \(the hub is away\)\. Check the network"):
        Clip()


def test_words_are_weighed_as_by_a_softmax_over_all_of_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in(monkeypatch, tmp_path)
    pictures = np.zeros((3, 8, 8, 3), np.uint8)
    pictures[:, :, :, 0], pictures[:, :, :, 1] = (
        np.array([255, 100, 0])[:, None, None],
        np.array([0, 101, 255])[:, None, None],
    )
    clip = Clip()
    seen = clip.describe(pictures)
    assert np.allclose(np.linalg.norm(seen, axis=1), 1)
    words = Words(wanted=("a house", "a tower"), unwanted=("a room",))
    likeness = 100 * seen.astype(np.float64) @ np.array([[1, 0], [1, 0], [0, 1]]).T
    shares = np.exp(likeness) / np.exp(likeness).sum(axis=1, keepdims=True)
    assert np.allclose(clip.belonging(words, seen), shares[:, :2].sum(axis=1), atol=1e-5)
    assert 0.3 < clip.belonging(words, seen)[1] < 0.7

"""Words beside pictures: an extra that says so where it isn't there."""

import importlib.util

import numpy as np
import pytest

from housegan.errors import HouseganError
from housegan.zero_shot import likelihoods


@pytest.mark.skipif(importlib.util.find_spec("open_clip") is not None, reason="open_clip is here")
def test_without_the_extra_a_sentence_says_what_to_install() -> None:
    with pytest.raises(HouseganError, match=r"open_clip, which is not installed: `pip install 'housegan\[words\]'`\."):
        likelihoods(["a house"], np.zeros((1, 8, 8, 3), np.uint8))


def test_without_weights_a_sentence_says_what_to_do(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that can't reach its hub stands in for open_clip: only what it raises matters."""
    folder = tmp_path_factory.mktemp("packages")
    (folder / "open_clip.py").write_text(
        "def create_model_and_transforms(name, pretrained):\n    raise OSError('the hub\\n is away')\n"
    )
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(__import__("sys").modules, "open_clip", raising=False)
    with pytest.raises(HouseganError, match=r"can't be had \(the hub is away\)\. Check the network"):
        likelihoods(["a house"], np.zeros((1, 8, 8, 3), np.uint8))
    monkeypatch.delitem(__import__("sys").modules, "open_clip", raising=False)

"""How well words fit pictures, without any decision: CLIP by open_clip, an extra whose weights are downloaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from housegan.errors import HouseganError

MODEL, WEIGHTS = "ViT-B-32", "laion2b_s34b_b79k"
VERSION = f"{MODEL} {WEIGHTS} 1"
"""Changes when the same picture would get other numbers."""

Features = NDArray[np.float32]
"""N×512, of length one."""


@dataclass(frozen=True, slots=True)
class Words:
    """What belongs to a set and what doesn't, best as captions: "a photo of a castle" (Radford et al. 2021, 3.1.4)."""

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]


class Clip:
    """The network. Raises HouseganError where open_clip or its weights can't be had."""

    def __init__(self) -> None:
        expect_installed()
        try:
            open_clip: Any = import_module("open_clip")
            self._model, _, self._prepare = open_clip.create_model_and_transforms(MODEL, pretrained=WEIGHTS)
            self._tokens = open_clip.get_tokenizer(MODEL)
        except Exception as error:  # no network, no room, no weights: open_clip and its hub raise a dozen kinds
            reason = " ".join(str(error).split())[:120] or type(error).__name__
            raise HouseganError(
                f"The weights that compare words with pictures can't be had ({reason}). Check the network, or go "
                "without: the filter learns from your decisions alone."
            ) from None
        self._model.eval()

    def describe(self, pictures: NDArray[np.uint8]) -> Features:
        """Describe pictures of uint8 N×H×W×3."""
        import torch

        batch = torch.stack([self._prepare(Image.fromarray(picture)) for picture in pictures])
        with torch.inference_mode():
            return _of_length_one(self._model.encode_image(batch).float().numpy())

    def belonging(self, words: Words, described: Features) -> NDArray[np.float32]:
        """Say of each picture how much better the wanted words fit it than the others: float32 N, 0 to 1."""
        wanted, unwanted = (self._fit(some, described) for some in (words.wanted, words.unwanted))
        return np.asarray(wanted / (wanted + unwanted), np.float32)

    def _fit(self, words: Sequence[str], described: Features) -> NDArray[np.float64]:
        import torch

        with torch.inference_mode():
            told = _of_length_one(self._model.encode_text(self._tokens(list(words))).float().numpy())
            scale = float(self._model.logit_scale.exp())
        likeness = described.astype(np.float64) @ told.T
        return np.asarray(np.exp(scale * (likeness - 1)).sum(axis=1))  # -1: so that no power grows too large


def expect_installed() -> None:
    """Raise HouseganError where open_clip isn't installed; nothing is loaded for that."""
    if find_spec("open_clip") is None:
        raise HouseganError(
            "Words are compared with pictures by open_clip, which is not installed: `pip install 'housegan[words]'`."
        )


def _of_length_one(features: Features) -> Features:
    return np.asarray(features / np.linalg.norm(features, axis=1, keepdims=True), np.float32)

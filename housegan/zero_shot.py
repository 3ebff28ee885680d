"""How well words fit pictures, without any decision: CLIP by open_clip, an extra whose weights are downloaded."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from housegan.errors import HouseganError

MODEL, WEIGHTS = "ViT-B-32", "laion2b_s34b_b79k"


def likelihoods(words: Sequence[str], pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Say of each picture how well each of the words fits it beside the others: float32 N×words, rows sum to 1.

    `pictures` are uint8 N×H×W×3; words are best a caption, as in "a photo of a castle" (Radford et al. 2021,
    section 3.1.4). Raises HouseganError where open_clip or its weights can't be had.
    """
    try:
        open_clip: Any = import_module("open_clip")
    except ModuleNotFoundError:
        raise HouseganError(
            "Words are compared with pictures by open_clip, which is not installed: `pip install 'housegan[words]'`."
        ) from None
    try:
        model, _, prepare = open_clip.create_model_and_transforms(MODEL, pretrained=WEIGHTS)
    except Exception as error:  # no network, no room, no weights: open_clip and its hub raise a dozen kinds
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise HouseganError(
            f"The weights that compare words with pictures can't be had ({reason}). Check the network, or go without: "
            "the filter learns from your decisions alone."
        ) from None
    import torch

    model.eval()
    with torch.inference_mode():
        told = model.encode_text(open_clip.get_tokenizer(MODEL)(list(words)))
        shown = model.encode_image(torch.stack([prepare(Image.fromarray(picture)) for picture in pictures]))
        told, shown = (found / found.norm(dim=-1, keepdim=True) for found in (told, shown))
        fits = (model.logit_scale.exp() * shown @ told.T).softmax(dim=-1)
    return np.asarray(fits.float().numpy(), np.float32)

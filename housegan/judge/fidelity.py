"""FID on Inception's features, as papers give it: by torch-fidelity, an extra whose weights are downloaded."""

import logging
import warnings
from importlib import import_module
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from housegan.errors import HouseganError

ENOUGH = 10_000
"""Pictures of each kind; with fewer, two samples of one distribution are far from 0, at 500 some 6."""
INCEPTION = "inception-v3-compat"

log = logging.getLogger(__name__)


class _Pictures(Dataset[Tensor]):
    """Pictures as torch-fidelity takes them: uint8, 3 × s × s."""

    def __init__(self, pictures: NDArray[np.uint8]) -> None:
        self.pictures = pictures

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, place: int) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(self.pictures[place])).permute(2, 0, 1)


def fid(
    real: NDArray[np.uint8], generated: NDArray[np.uint8], *, device: torch.device, extractor: str = INCEPTION
) -> float:
    """Give the Fréchet distance of both kinds' features (Heusel et al. 2017, eq. 6), N × s × s × 3 each; warn of few.

    Raises HouseganError where torch-fidelity or its weights can't be had.
    """
    try:
        torch_fidelity: Any = import_module("torch_fidelity")
    except ModuleNotFoundError:
        raise HouseganError(
            "FID is computed by torch-fidelity, which is not installed: `pip install 'housegan[fidelity]'`."
        ) from None
    fewest = min(len(real), len(generated))
    if fewest < ENOUGH:
        log.warning(
            "FID of %s pictures says little: under %s it is mostly their number. Compare equal numbers, or go by KID.",
            f"{fewest:,}",
            f"{ENOUGH:,}",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of what torch-fidelity calls in scipy
            found = torch_fidelity.calculate_metrics(
                input1=_Pictures(generated), input2=_Pictures(real), cuda=device.type == "cuda", fid=True,
                verbose=False, cache=False, feature_extractor=extractor, save_cpu_ram=True,
            )  # fmt: skip
    except Exception as error:  # no network, no weights: torch's hub raises a dozen kinds
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise HouseganError(
            f"FID can't be computed ({reason}). Its weights are downloaded: check the network, or leave --fid out."
        ) from None
    return float(found["frechet_inception_distance"])

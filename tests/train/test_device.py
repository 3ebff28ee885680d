import pytest
import torch

from housegan.errors import HouseganError
from housegan.train.device import autocast, chosen_device, chosen_precision

CPU = torch.device("cpu")


def test_auto_takes_what_there_is() -> None:
    there = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert chosen_device("auto").type == there
    assert chosen_device("cpu") == CPU


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is one here")
def test_a_device_that_is_not_here_is_one_sentence() -> None:
    with pytest.raises(HouseganError, match=r"There is no cuda device here: leave --device out"):
        chosen_device("cuda")


def test_words_that_are_none_are_told_the_right_ones() -> None:
    with pytest.raises(HouseganError, match="--device 'tpu' must be one of auto, cpu, cuda, mps"):
        chosen_device("tpu")
    with pytest.raises(HouseganError, match="--precision 'fp8' must be one of auto, fp32, bf16"):
        chosen_precision("fp8", CPU)


def test_a_precision_that_is_asked_for_is_taken() -> None:
    assert [chosen_precision(wanted, CPU) for wanted in ("fp32", "bf16")] == ["fp32", "bf16"]
    assert chosen_precision("auto", CPU) in ("fp32", "bf16")


def test_convolutions_compute_in_the_chosen_precision() -> None:
    layer = torch.nn.Conv2d(3, 4, 3)
    for precision, kind in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        with autocast(precision, CPU):
            assert layer(torch.zeros(1, 3, 8, 8)).dtype == kind
    assert layer.weight.dtype == torch.float32

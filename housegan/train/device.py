"""Where and in which precision to train."""

from contextlib import AbstractContextManager

import torch

from housegan.errors import HouseganError

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")
_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def chosen_device(wanted: str) -> torch.device:
    """The device that is meant: `auto` takes CUDA, else Apple's GPU, else the CPU."""
    if wanted not in DEVICES:
        raise HouseganError(f"--device {wanted!r} must be one of {', '.join(DEVICES)}.")
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        wanted = next(name for name in ("cuda", "mps", "cpu") if there[name])
    if not there[wanted]:
        raise HouseganError(f"There is no {wanted} device here: leave --device out to take what there is.")
    return torch.device(wanted)


def chosen_precision(wanted: str, device: torch.device) -> str:
    """`auto` takes bf16 where the processor computes in it (CUDA SM80+, CPUs with AMX or AVX512-BF16).

    On older CUDA GPUs it takes fp16, whose gradients are scaled, elsewhere fp32.
    """
    if wanted not in PRECISIONS:
        raise HouseganError(f"--precision {wanted!r} must be one of {', '.join(PRECISIONS)}.")
    if wanted != "auto":
        return wanted
    if device.type == "cuda":
        return "bf16" if torch.cuda.get_device_capability(device) >= (8, 0) else "fp16"
    return "bf16" if device.type == "cpu" and _cpu_computes_in_bf16() else "fp32"


def autocast(precision: str, device: torch.device) -> AbstractContextManager[None]:
    """Let convolutions compute in the chosen precision; parameters stay fp32."""
    return torch.autocast(device.type, dtype=_DTYPES.get(precision), enabled=precision in _DTYPES)


def _cpu_computes_in_bf16() -> bool:
    asked = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")  # torch has no public question for this
    return any(getattr(torch.cpu, name, bool)() for name in asked)

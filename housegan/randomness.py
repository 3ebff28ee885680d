"""All randomness of training, drawn from what it is for: exact resume needs no generator's state."""

import hashlib

import torch


def generator_for(seed: int, *purpose: str | int) -> torch.Generator:
    """Make the generator that always draws the same for one seed and purpose, as in ("noise", 128_000)."""
    digest = hashlib.sha256(repr((seed, *purpose)).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "little") >> 1)

"""The released generators: each draws, is small, and has a card that says what it is."""

import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from housegan.run.snapshots import load_generator

WEIGHTS = Path(__file__).parents[1] / "weights"
FILES = sorted(WEIGHTS.glob("*.safetensors"))
SECTIONS = (
    "Pictures and their rights", "Recipe", "Figures", "Copying", "Samples, uncurated", "Samples, picked", "Limits",
)  # fmt: skip


def test_there_are_generators() -> None:
    assert {"monet-256", "houses-painted-64"} <= {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_generator_is_small_halved_and_draws(path: Path) -> None:
    assert path.stat().st_size < 30e6
    assert {tensor.dtype for tensor in load_file(path).values() if tensor.ndim > 1} == {torch.float16}
    generator = load_generator(path)
    assert path.stem.split("-epoch")[0].endswith(f"-{generator.config.size}")
    with torch.no_grad():
        pictures = generator(torch.randn(4, generator.config.z, generator=torch.Generator().manual_seed(0)))
    assert pictures.shape == (4, 3, generator.config.size, generator.config.size)
    assert pictures.abs().max() <= 1
    assert pictures.std(dim=0).mean() > 0.1, "four latents, four pictures"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_card_says_what_it_is(path: Path) -> None:
    card = (WEIGHTS / f"{path.stem.split('-epoch')[0]}.md").read_text(encoding="utf-8")
    assert path.name in card
    for section in SECTIONS:
        assert f"\n## {section}\n" in card
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", card)
    assert len(pictures) >= 2
    assert all((WEIGHTS / name).is_file() for name in pictures)

"""Whether judging tells a generator that copies from one that learned: two trainings on the same house fronts.

One is shown twenty pictures as they are, the other 180, mirrored and with DiffAugment. The 280 or 120 that are left are
held out, and both are judged by them (32 × 32 px, 300 samples). The first should be called copying, the second not.
Some twenty minutes on two cores; --images shrinks it.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from housegan.catalog import Catalog  # noqa: E402
from housegan.curated import CuratedRow, writing  # noqa: E402
from housegan.places import data_folder  # noqa: E402
from housegan.run.folder import Run  # noqa: E402
from housegan.run.metrics import Judged, evaluations  # noqa: E402

SIZE = 64
RUNS = {"few": (20, ("finetune.augment=[]", "finetune.flip=false")), "healthy": (180, ())}
"""Pictures that each is shown, and what else differs."""
COMMON = (
    "model.generator_channels=32", "model.discriminator_channels=32", "model.latent_dim=64",
    "finetune.learning_rate=5e-4", "watch.judge_images=20000", "watch.judge_samples=300",
)  # fmt: skip


def main() -> None:
    """Train and judge both, and print what was said of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    fronts = ROOT.parent / "shared" / "data" / "houses" / "frontal"
    parser.add_argument("--pictures", type=Path, default=fronts, help="a folder of 300 pictures of one kind")
    parser.add_argument("--images", type=int, default=140_000, help="images that each is trained on")
    options = parser.parse_args()
    pictures = np.stack([square(path) for path in sorted(options.pictures.iterdir()) if path.suffix == ".jpg"])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        found = {name: judged(name, pictures, images=options.images) for name in RUNS}
    print(f"{'':<10}{'images':>9}{'KID':>8}{'recall':>8}{'C_T':>8}{'close':>8}  said")
    for name, lines in found.items():
        for line in lines:
            figures = (
                f"{line.kid_lite0:>8.2f}{line.recall:>8.2f}{line.copying_z or 0:>8.1f}{line.copying_close or 0:>8.2f}"
            )
            print(f"{name:<10}{line.images:>9,}{figures}  {line.verdict}")
    copying = {name: bool(lines and lines[-1].copying) for name, lines in found.items()}
    print(json.dumps({"value": int(copying == {"few": True, "healthy": False}), **copying}))


def judged(name: str, pictures: NDArray[np.uint8], *, images: int) -> list[Judged]:
    """Train on the first of the pictures and return the evaluations."""
    count, changes = RUNS[name]
    data_folder(name).mkdir(parents=True)
    with Catalog(data_folder(name)):  # training asks for one
        pass
    rows = [
        CuratedRow(hashlib.sha256(f"{name} {place}".encode()).hexdigest(), (0, 0, SIZE), held_out=place >= count)
        for place in range(len(pictures))
    ]
    with writing(name, rows, size=SIZE) as packed:
        assert packed is not None
        packed[:] = pictures
    words = ["train", "--data", name, "--size", "32", "--batch", "20", "--images", str(images)]
    words += [word for change in (*COMMON, *changes) for word in ("--set", change)]
    subprocess.run([sys.executable, "-m", "housegan", *words], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
    [path] = Path("runs").glob(f"*-{name}")
    return evaluations(Run(path))


def square(path: Path) -> NDArray[np.uint8]:
    """The largest square in the middle of a picture, at 64 px."""
    with Image.open(path) as file:
        image = file.convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    return np.asarray(image.resize((SIZE, SIZE), Image.Resampling.LANCZOS, box=box))


if __name__ == "__main__":
    main()

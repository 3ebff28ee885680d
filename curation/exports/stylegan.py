"""The zip that StyleGAN2-ADA, StyleGAN3, EDM and R3GAN train on, as their `dataset_tool.py` writes it.

`metadata.jsonl` inside is ours, for titles and authors: their loaders look at pictures and dataset.json alone.
"""

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

from curation.exports.samples import Sample, facts

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""No time: the same bytes everywhere."""


def write(to: Path, name: str, samples: Iterable[Sample]) -> None:
    """Write a zip: nothing in it is packed closer, so that training reads it as fast as files."""
    lines = []
    with zipfile.ZipFile(to, "w", zipfile.ZIP_STORED) as archive:
        for index, sample in enumerate(samples):
            digits = f"{index:08d}"
            file_name = f"{digits[:5]}/img{digits}.png"
            _add(archive, file_name, sample.png)
            lines.append(json.dumps({"file_name": file_name, **facts(sample.row)}) + "\n")
        _add(archive, "dataset.json", json.dumps({"labels": None}).encode())
        _add(archive, "metadata.jsonl", "".join(lines).encode())


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _LONG_AGO)
    info.create_system = 3  # Unix, wherever this runs
    info.external_attr = 0o644 << 16
    archive.writestr(info, data)

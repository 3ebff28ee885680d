"""How long a film takes and how much memory, flash measurement included: 120 keyframes, 4 × 4 grids of 256 × 256 px.

Data: sixteen smooth random landscapes that drift from keyframe to keyframe, painted here; H.264 with the preset that
films are made with. The second table row smooths the film as well, as one that would flash is.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from housegan.sheets import tiled
from housegan.video.encoder import H264_CRF, H264_PRESET, encode
from housegan.video.film import Film
from housegan.video.keyframes import Keyframe
from housegan.video.safe import write_safely
from housegan.video.smoothing import smoothed
from housegan.video.timeline import timeline

FPS, SIDE_PX, GRID = 30, 256, 4


def main() -> None:
    """Measure, print a table, and the same as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keyframes", type=int, default=120)
    parser.add_argument("--frames", type=int, default=2000)
    parser.add_argument("--smoothed", action="store_true", help="time a smoothed film of a tenth of the frames, too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        painted = [paint(folder, number) for number in range(options.keyframes)]
        film = Film(timeline(painted, seconds=options.frames / FPS, titles={}), FPS)
        processor_s, started = time.process_time(), time.perf_counter()
        written = write_safely(folder / "film.mp4", film.frames, fps=FPS)
        seconds, processor_s = time.perf_counter() - started, time.process_time() - processor_s
        megabytes = written.path.stat().st_size / 1e6
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{written.frames} frames, {options.keyframes} keyframes, H.264 {H264_PRESET}, CRF {H264_CRF}")
        print(f"{'written and measured':<24}{seconds:>8.1f} s {processor_s:>8.1f} s of processor")
        print(f"{'verdict':<24}{written.verdict:>8}")
        print(f"{'peak memory':<24}{peak_mb:>8.0f} MB")
        print(f"{'film':<24}{megabytes:>8.1f} MB")
        if options.smoothed:
            short = Film(timeline(painted, seconds=options.frames / FPS / 10, titles={}), FPS)
            started = time.perf_counter()
            encode(folder / "b.mp4", lambda: smoothed(short.frames(), half_width=15), suffix=".mp4", fps=FPS)
            each_ms = 1000 * (time.perf_counter() - started) / len(short)
            print(f"{'smoothed, a frame':<24}{each_ms:>8.1f} ms")
    print(
        json.dumps(
            {
                "value": round(seconds, 1),
                "seconds": round(seconds, 1),
                "processor_s": round(processor_s, 1),
                "peak_mb": round(peak_mb),
                "frames": written.frames,
                "megabytes": round(megabytes, 1),
                "preset": H264_PRESET,
                "verdict": written.verdict,
            }
        )
    )


def paint(folder: Path, number: int) -> Keyframe:
    """Paint and save the grid of one keyframe: each picture halfway between noises that change slowly."""
    pictures = []
    for cell in range(GRID**2):
        light = np.zeros((SIDE_PX, SIDE_PX, 3), np.float32)
        for octave, side in enumerate((4, 16, 64)):
            age, share = divmod(number / (12 / (1 + octave)), 1)
            before, after = (
                np.random.default_rng([cell, octave, int(age) + step]).random((side, side, 3), np.float32)
                for step in (0, 1)
            )
            mixed = before + np.float32(share) * (after - before)
            light += cv2.resize(mixed, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC) / 2 ** (octave + 1)
        pictures.append((np.clip(light * 1.14, 0, 1) * 255).astype(np.uint8))
    path = folder / f"{number:06d}.png"
    Image.fromarray(tiled(np.stack(pictures), columns=GRID)).save(path, compress_level=1)
    return Keyframe(path, f"finetune    epoch {number}    {number * 1000:,} images", number * 1000)


if __name__ == "__main__":
    main()

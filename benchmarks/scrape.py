"""How many pictures a second a scrape takes, end to end and from disk alone, and how much memory it needs.

Politeness is off; the site is on loopback, in a process of its own on the same machine. The pictures are made here from
seeds: small ones of 256 × 256, large ones of 2400 × 1800, JPEG.
"""

import argparse
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.scraping.conftest import pages, write_config
from tests.scraping.site import Request, Response, Site, image


def main() -> None:
    """Measure, print a table, and the same as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=5_000, help="small pictures to scrape and to import")
    parser.add_argument("--large", type=int, default=300, help="large pictures to scrape")
    parser.add_argument("--requests", type=int, default=8, help="requests at a time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        small = [picture(number, (256, 256)) for number in range(options.small)]
        large = [picture(number, (2400, 1800)) for number in range(options.large)]
        Path("disk").mkdir()
        for number, data in enumerate(small):
            Path(f"disk/{number}.jpg").write_bytes(data)
        rows = [
            ("small", *scraped("small", small, options.requests)),
            ("large", *scraped("large", large, options.requests)),
            ("small, from disk", *run(["import", "disk", "disk"], len(small))),
        ]
        beside = by_gallery_dl(small) if shutil.which("gallery-dl") else None
    print(f"{'pictures':<18}{'count':>8}{'seconds':>9}{'a second':>10}{'peak MB':>9}")
    for name, count, seconds, peak_mb in rows:
        print(f"{name:<18}{count:>8,}{seconds:>9.1f}{count / seconds:>10.1f}{peak_mb:>9.0f}")
    if beside:
        print(f"{'small, gallery-dl':<18}{len(small):>8,}{beside:>9.1f}{len(small) / beside:>10.1f}  downloads alone")
    (_, few, took, small_mb), (_, many, long, large_mb), (_, read, reading, _) = rows
    print(
        json.dumps(
            {
                "value": round(few / took, 1),
                "large_a_second": round(many / long, 1),
                "from_disk_a_second": round(read / reading, 1),
                "gallery_dl_a_second": round(len(small) / beside, 1) if beside else None,
                "peak_mb": round(max(small_mb, large_mb)),
                "seconds": round(took + long + reading, 1),
            }
        )
    )


def picture(seed: int, size: tuple[int, int]) -> bytes:
    """A picture of blobs with some grain."""
    blobs = Image.frombytes("RGB", (40, 30), random.Random(seed).randbytes(40 * 30 * 3))
    file = io.BytesIO()
    blobs.resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
    return file.getvalue()


def scraped(name: str, pictures: list[bytes], requests: int) -> tuple[int, float, float]:
    """Scrape a gallery of these pictures."""
    names = [f"{number}.jpg" for number in range(len(pictures))]
    with Site(pages(names, a_page=100), partial(served, pictures)) as site:
        write_config(site, name, requests_a_host=requests, target=10 * len(pictures))
        return run(["scrape", name], len(pictures))


def by_gallery_dl(pictures: list[bytes]) -> float:
    """Seconds that gallery-dl takes to download the same; it is given the addresses, and neither decodes nor hashes."""
    names = [f"{number}.jpg" for number in range(len(pictures))]
    with Site(pages(names, a_page=100), partial(served, pictures)) as site:
        Path("addresses.txt").write_text("".join(f"{site.url}/media/{name}\n" for name in names))
        started = time.perf_counter()
        subprocess.run(["gallery-dl", "--quiet", "--directory", "beside", "--input-file", "addresses.txt"], check=True)
        seconds = time.perf_counter() - started
    if (arrived := sum(path.is_file() for path in Path("beside").rglob("*"))) != len(pictures):
        sys.exit(f"gallery-dl took {arrived} of {len(pictures)} pictures")
    return seconds


def served(pictures: list[bytes], asked: Request) -> Response:
    """Answer with the picture of a path."""
    number = asked.path.rpartition("/")[2].removesuffix(".jpg")
    return image(pictures[int(number)]) if number.isdigit() else Response("", 404)


def run(arguments: list[str], count: int) -> tuple[int, float, float]:
    """Run a command, and return how many pictures it took, seconds, and megabytes of all its processes at the peak."""
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "housegan", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as command:  # fmt: skip
        peak_mb = 0.0
        with ThreadPoolExecutor(1) as reader:
            said = reader.submit(command.communicate)
            while not said.done():
                wait([said], timeout=0.5)
                peak_mb = max(peak_mb, memory_mb(command.pid))
            output, errors = said.result()
    seconds = time.perf_counter() - started
    if command.returncode:
        sys.exit(errors)
    taken = re.findall(r"has ([\d,]+) (?:scraped )?pictures", output)[-1]
    if int(taken.replace(",", "")) != count:
        sys.exit(f"{taken} of {count} pictures arrived:\n{output}{errors}")
    return count, seconds, peak_mb


def memory_mb(session: int) -> float:
    """Memory of all processes of a session, what they share counted once; 0 where there is no /proc."""
    total_kb = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(folder.name)) == session:
                found = re.search(r"Pss:\s+(\d+)", (folder / "smaps_rollup").read_text())
                total_kb += int(found[1]) if found else 0
    return total_kb / 1e3


if __name__ == "__main__":
    main()

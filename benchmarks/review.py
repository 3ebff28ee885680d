"""How fast the review page's server is: decisions while a scrape writes to the same catalog, thumbnails, lists.

The set has 50,000 rows, and among them pictures that there are, made here from seeds: 640 × 480, JPEG. The server is
the command's own function in a process of its own. Beside it another process takes finds in as a scrape does: it
verifies them in workers, flushes their bytes to the disk and commits them once a second.
"""

import argparse
import io
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from housegan.catalog import Catalog, Sighting
from housegan.config import IntakeConfig
from scraping.intake import Find, Intake
from tests.curation.rows import fill_quickly

ROOT = Path(__file__).resolve().parents[1]
NAME = "houses"
STOP = Path("stop")


def main() -> None:
    """Measure, print a table, and the same as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000, help="pictures in the catalog, most of them rows alone")
    parser.add_argument("--pictures", type=int, default=300, help="pictures that there are")
    parser.add_argument("--thumbnails", type=int, default=3_000, help="thumbnails to ask for")
    parser.add_argument("--decisions", type=int, default=500, help="decisions to make in each run")
    parser.add_argument("--finds", type=float, default=100, help="finds a second that the scrape takes in")
    parser.add_argument("--scrape", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.scrape:
        scrape(options.finds)
        return
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        ids = prepared(options.rows, options.pictures)
        started = time.perf_counter()
        with server() as asker:
            figures = {"start_s": round(time.perf_counter() - started, 2)}
            figures |= {f"{name}_ms": milliseconds(asker, path) for name, path in LISTS.items()}
            figures |= {
                "made_a_second": made(asker, ids),
                "thumbnails_a_second": thumbnails(asker, ids, options.thumbnails),
            }
            person = Person(asker, seed=1)
            alone = person.decide(options.decisions)
            with scraping(options.finds) as taken:
                beside = person.decide(options.decisions)
            arrived = taken()
            undone = person.undo(min(options.decisions, 50))
    show(figures, {"decision": alone, "the same, while a scrape writes": beside, "undo": undone}, arrived)


LISTS = {
    "summary": "/api/summary",
    "index": "/api/index",
    "search": "/api/index?q=house+ada+99&order=title",
    "page": "/api/pictures?ids=",
}


class Asker:
    """One connection that stays open, with as little around it as there can be."""

    def __init__(self, port: int, cookie: str) -> None:
        self._head = f"Host: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n".encode()
        self._origin = f"Origin: http://127.0.0.1:{port}\r\n".encode()
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str) -> bytes:
        """GET an address."""
        return self._ask(b"GET " + path.encode() + b" HTTP/1.1\r\n" + self._head + b"\r\n")

    def post(self, path: str, values: object) -> bytes:
        """POST JSON as the page does."""
        body = json.dumps(values).encode()
        kind = b"Content-Type: application/json\r\nX-Housegan: 1\r\nContent-Length: %d\r\n\r\n" % len(body)
        return self._ask(b"POST " + path.encode() + b" HTTP/1.1\r\n" + self._head + self._origin + kind + body)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _ask(self, request: bytes) -> bytes:
        self._socket.sendall(request)
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        length = re.search(rb"content-length: (\d+)", received[:end], re.IGNORECASE)
        if not received.startswith(b"HTTP/1.1 200") or not length:
            sys.exit(f"{request[:200]!r} got {received[:200]!r}")
        pieces, missing = [received[end + 4 :]], int(length[1]) - len(received) + end + 4
        while missing > 0:
            pieces.append(self._more())
            missing -= len(pieces[-1])
        return b"".join(pieces)

    def _more(self) -> bytes:
        return self._socket.recv(1 << 20) or sys.exit("the server hung up")


class Person:
    """Decides on one picture after the other, and waits a moment between."""

    def __init__(self, asker: Asker, *, seed: int) -> None:
        self._asker, self._rng, self._number = asker, random.Random(seed), 0
        self._ids = json.loads(asker.get("/api/index"))["ids"]

    def decide(self, count: int) -> list[float]:
        """Seconds that each decision took."""
        return [self._timed("/api/decide", {"changes": [self._change()]}) for _ in range(count)]

    def undo(self, count: int) -> list[float]:
        """Seconds that each undo took."""
        return [self._timed("/api/undo", {}) for _ in range(count)]

    def _change(self) -> dict[str, object]:
        return {"id": self._rng.choice(self._ids), "seen": 10**9, "verdict": "reject", "reason": "off topic"}

    def _timed(self, path: str, what: dict[str, object]) -> float:
        time.sleep(self._rng.uniform(0.005, 0.035))
        self._number += 1
        started = time.perf_counter()
        self._asker.post(path, {"window": "bench", "number": self._number, **what})
        return time.perf_counter() - started


def prepared(rows: int, pictures: int) -> list[str]:
    """Make the set; returns the ids of the pictures that there are."""
    with Catalog(Path("data") / NAME) as catalog:
        fill_quickly(catalog, rows - pictures)
        known = {picture.sha256 for picture in catalog.pictures()}
        Intake(catalog, IntakeConfig(), on_refused=refused).take(finds(0, pictures, (640, 480)))
        return [picture.sha256[:16] for picture in catalog.pictures() if picture.sha256 not in known]


def finds(first: int, count: int, size: tuple[int, int]) -> Iterator[Find]:
    """Pictures of blobs, as something that was found."""
    for seed in range(first, first + count):
        blobs = Image.frombytes("RGB", (40, 30), random.Random(seed).randbytes(40 * 30 * 3))
        file = io.BytesIO()
        blobs.resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
        yield Find(str(seed), file.getvalue(), Sighting("bench", str(seed), title=f"Found {seed}", author="Bea"))


def refused(name: str, reason: str) -> None:
    """A fault of this benchmark."""
    sys.exit(f"{name} was refused: {reason}")


def scrape(finds_a_second: float) -> None:
    """Take finds in until there is a file `stop`."""

    def paced() -> Iterator[Find]:
        started = time.monotonic()
        for number, find in enumerate(finds(10**6, 10**6, (256, 256))):
            time.sleep(max(0.0, started + number / finds_a_second - time.monotonic()))
            if STOP.exists():
                return
            yield find

    with Catalog(Path("data") / NAME) as catalog:
        Intake(catalog, IntakeConfig(), on_refused=refused).take(paced())


@contextmanager
def scraping(finds_a_second: float) -> Iterator[Callable[[], float]]:
    """Have a scrape write meanwhile; gives what returns how many pictures a second arrived."""
    before, started = count(), time.perf_counter()
    arrived: list[float] = []
    command = [sys.executable, __file__, "--scrape", "--finds", str(finds_a_second)]
    with subprocess.Popen(command) as process:
        while count() == before:
            if process.poll() is not None:
                sys.exit("the scrape has not begun")
            time.sleep(0.1)
        before, started = count(), time.perf_counter()
        yield lambda: arrived[0]
        arrived.append((count() - before) / (time.perf_counter() - started))
        STOP.touch()


def count() -> int:
    """How many pictures the catalog has."""
    with Catalog(Path("data") / NAME) as catalog:
        return len(catalog.pictures())


@contextmanager
def server() -> Iterator[Asker]:
    """Start the server; gives a connection to it."""
    code = f"""if True:
        import sys
        sys.path.insert(0, {str(ROOT)!r})
        from curation.review.serve import review
        from housegan.config import SetConfig
        review({NAME!r}, SetConfig(), port=0, open_browser=False)
    """
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if found := re.search(r"Open http://127\.0\.0\.1:(\d+)/\?token=(\S+)", line):
                break
        else:
            sys.exit("the server has not started")
        port = int(found[1])
        asker = Asker(port, f"housegan-{port}={found[2]}")
        yield asker
        asker.close()
        process.send_signal(signal.SIGINT)
        process.stdout.read()


def milliseconds(asker: Asker, path: str) -> float:
    """The median of five times that an answer took."""
    if path.endswith("ids="):
        path += ",".join(json.loads(asker.get("/api/index"))["ids"][:200])
    took = []
    for _ in range(5):
        started = time.perf_counter()
        asker.get(path)
        took.append(time.perf_counter() - started)
    return round(sorted(took)[2] * 1000, 1)


def made(asker: Asker, ids: Sequence[str]) -> float:
    """Thumbnails a second that are made for who waits, one after the other."""
    missing = [id_ for id_ in ids if not list((Path("data") / NAME / "thumbnails").rglob(f"{id_}*"))]
    started = time.perf_counter()
    for id_ in missing:
        asker.get(f"/thumb/{id_}")
    return round(len(missing) / (time.perf_counter() - started), 1)


def thumbnails(asker: Asker, ids: Sequence[str], wanted: int) -> float:
    """Thumbnails a second that are there already, the best of three runs."""
    best = 0.0
    for _ in range(3):
        started = time.perf_counter()
        for number in range(wanted):
            asker.get(f"/thumb/{ids[number % len(ids)]}")
        best = max(best, wanted / (time.perf_counter() - started))
    return round(best)


def show(figures: dict[str, float], waits: dict[str, list[float]], arrived: float) -> None:
    """Print a table, and the same as JSON."""
    for name, value in figures.items():
        print(f"{name.replace('_', ' '):<34}{value:>10,}")
    print(f"{'':<34}{'median ms':>10}{'95 % ms':>10}{'worst ms':>10}")
    for name, took in waits.items():
        print(f"{name:<34}{milli(took, 50):>10}{milli(took, 95):>10}{max(took) * 1000:>10.1f}")
        key = {"decision": "alone_p95_ms", "undo": "undo_p95_ms"}.get(name, "value")
        figures[key] = milli(took, 95)
    print(f"the scrape took in {arrived:.0f} pictures a second meanwhile")
    print(json.dumps({"value": figures.pop("value"), **figures, "finds_a_second": round(arrived)}))


def milli(took: Sequence[float], percent: int) -> float:
    """A percentile, in milliseconds."""
    return round(quantiles(took, n=100, method="inclusive")[percent - 1] * 1000, 1)


if __name__ == "__main__":
    main()

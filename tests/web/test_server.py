"""The server of a page, run as the command runs it: in a process of its own, ended by Ctrl-C."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from housegan.errors import HouseganError
from housegan.web.server import serve
from tests.web.asking import Browser

CODE = """if True:
    import sys, time
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route
    from housegan.web.server import serve

    def slow(request):
        time.sleep(0.5)
        return PlainTextResponse("done")

    async def hello(request):
        return PlainTextResponse("hello")

    routes = [Route("/", hello), Route("/slow", slow)]
    serve(Starlette(routes=routes), port=int(sys.argv[1]), open_browser=False, say=lambda line: print(line, flush=True))
    print("ended", flush=True)
"""
Start = Callable[[int], "subprocess.Popen[str]"]
LetIn = Callable[[int, str], Browser]


@pytest.fixture
def start(command_environment: dict[str, str]) -> Iterator[Start]:
    """Start the server in a process."""
    running: list[subprocess.Popen[str]] = []

    def start(port: int) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", CODE, str(port)]
        process = subprocess.Popen(
            command, env=command_environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=Path(__file__).parents[2],
        )  # fmt: skip
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def address(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Port and token, as the process prints them."""
    assert process.stdout
    for line in process.stdout:
        if found := re.fullmatch(r"Open http://127\.0\.0\.1:(\d+)/\?token=([\w-]{43})\n", line):
            return int(found[1]), found[2]
    raise AssertionError(process.stderr and process.stderr.read())


@pytest.fixture
def let_in() -> Iterator[LetIn]:
    """Make a browser that has opened the address of a port and a token."""
    browsers: list[Browser] = []

    def let_in(port: int, token: str) -> Browser:
        browsers.append(browser := Browser(port))
        browser.cookie = browser.get(f"/?token={token}").headers.get("set-cookie", "").partition(";")[0]
        return browser

    yield let_in
    for browser in browsers:
        browser.close()


def test_it_prints_its_address_serves_and_ends_well_by_ctrl_c(start: Start, let_in: LetIn) -> None:
    process = start(0)
    port, token = address(process)
    browser = let_in(port, token)
    assert browser.get("/").text == "hello"
    assert "server" not in browser.get("/").headers
    process.send_signal(signal.SIGINT)
    assert process.stdout
    assert process.stderr
    said, complaints = process.stdout.read(), process.stderr.read()
    assert (process.wait(20), complaints) == (0, "")
    name = re.escape(socket.gethostname())
    assert re.fullmatch(
        rf"From another machine, .*: ssh -N -L {port}:127\.0\.0\.1:{port} you@{name}\n"
        r"Ctrl-C ends it; nothing is lost\.\nended\n",
        said,
    )


def test_each_run_has_another_token(start: Start, let_in: LetIn) -> None:
    (first_port, first), (second_port, second) = (address(start(0)) for _ in range(2))
    assert first != second
    assert let_in(first_port, second).get("/").status == 403
    stale = ("cookie", f"housegan-{second_port}={first}")
    assert let_in(second_port, second).get("/", stale).status == 403


def test_what_is_under_way_is_answered_before_it_ends(start: Start, let_in: LetIn) -> None:
    process = start(0)
    browser = let_in(*address(process))
    with closing(HTTPConnection("127.0.0.1", browser.port)) as connection:
        connection.request("GET", "/slow", headers={"cookie": browser.cookie})
        assert browser.get("/").status == 200  # the slow one was asked for before, and is being answered
        process.send_signal(signal.SIGINT)
        assert connection.getresponse().read() == b"done"
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_a_port_that_is_taken_gives_way_to_a_free_one(start: Start, let_in: LetIn) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        process = start(taken)
        assert process.stdout
        said = process.stdout.readline()
        port, token = address(process)
        assert said == f"Port {taken} is taken: this is on {port}.\n"
        assert let_in(port, token).get("/").text == "hello"


def test_a_port_can_be_had_again_at_once(start: Start, let_in: LetIn) -> None:
    first = start(0)
    port, token = address(first)
    assert let_in(port, token).get("/").text == "hello"
    first.kill()
    first.communicate()
    again, _ = address(start(port))
    assert again == port


def test_only_this_machine_can_connect(start: Start) -> None:
    port, _ = address(start(0))
    with pytest.raises(OSError, match=r"refused|timed out|assign|unreachable"):
        socket.create_connection(("127.0.0.2", port), timeout=2).close()


@pytest.mark.parametrize("port", [65_536, -1])
def test_a_port_that_there_is_not_is_named(port: int) -> None:
    with pytest.raises(HouseganError, match=f"There is no port {port}"):
        serve(None, port=port, open_browser=False, say=print)  # type: ignore[arg-type]

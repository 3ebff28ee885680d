import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from scraping.safety import CheckedResolver, Guard, is_private
from tests.scraping.conftest import gallery, held, write_config
from tests.scraping.site import Response, Site

PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
    "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1",
    "2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378::1", "not an address", "",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "93.184.215.14", "208.80.154.224", "2606:4700:4700::1111", "::ffff:1.1.1.1", "2002:101:101::1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_on_the_public_internet_is_private(address: str) -> None:
    assert is_private(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_on_the_public_internet_is_not(address: str) -> None:
    assert not is_private(address)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("https://example.org/a.jpg", None),
        ("http://example.org:80/a.jpg", None),
        ("https://[2606:4700:4700::1111]/a.jpg", None),
        ("https://example.org:8080/a.jpg", "port 8080"),
        ("http://example.org:443/", "port 443"),
        ("http://example.org:22/", "port 22"),
        ("http://example.org:99999/", "no valid address"),
        ("file:///etc/passwd", "neither http nor https"),
        ("data:image/png;base64,AAAA", "neither http nor https"),
        ("ftp://example.org/a.jpg", "neither http nor https"),
        ("gopher://example.org/", "neither http nor https"),
        ("s3://bucket/a.jpg", "neither http nor https"),
        ("http://", "no valid address"),
        ("http://[::1", "no valid address"),
        ("http://example.org\\@127.0.0.1/", "no valid address"),
        ("http://me:secret@example.org/", "a name and password in the address"),
        ("http://127.0.0.1/", "private address"),
        ("http://127.1/", "private address"),
        ("http://2130706433/", "private address"),
        ("http://0x7f000001/", "private address"),
        ("http://0x7f.0.0.1/", "private address"),
        ("http://0177.0.0.1/", "private address"),
        ("http://169.254.169.254/latest/meta-data/", "private address"),
        ("http://[::1]/", "private address"),
        ("http://[::ffff:127.0.0.1]/", "private address"),
        ("http://[fe80::1%25eth0]/", "private address"),
        ("http://localhost/", "private address"),
        ("http://LOCALHOST./", "private address"),
        ("http://printer.local/", "private address"),
        ("http://metadata.google.internal/", "private address"),
    ],
)
def test_an_address_is_looked_at_as_text_first(url: str, complaint: str | None) -> None:
    assert Guard().complaint(url) == complaint


def test_a_host_that_the_person_names_may_be_private() -> None:
    guard = Guard(["127.0.0.1:8123", "nas.local", "[::1]:8080"])
    assert guard.complaint("http://127.0.0.1:8123/a") is None
    assert guard.complaint("http://127.0.0.1:8124/a") == "port 8124"
    assert guard.complaint("http://127.0.0.1/a") == "private address"
    assert guard.complaint("http://nas.local:5000/a") is None
    assert guard.complaint("http://[::1]:8080/a") is None
    assert guard.complaint("file://nas.local/a") == "neither http nor https"


@implementer(IHostResolution)
class Resolution:
    name = "rebind.example"

    def cancel(self) -> None:
        """Nothing to cancel."""


@implementer(IHostnameResolver)
class FickleResolver:
    """Answers with the next of its lists of addresses each time."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    def resolveHostName(  # noqa: N802
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        resolution = Resolution()
        resolutionReceiver.resolutionBegan(resolution)
        for address in self.answers.pop(0):
            kind = IPv6Address if ":" in address else IPv4Address
            resolutionReceiver.addressResolved(kind("TCP", address, portNumber))
        resolutionReceiver.resolutionComplete()
        return resolution


@implementer(IResolutionReceiver)
class Heard:
    def __init__(self) -> None:
        self.hosts: list[str] = []
        self.complete = False

    def resolutionBegan(self, resolutionInProgress: Any) -> None:  # noqa: N802, N803
        """Listen."""

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802
        assert isinstance(address, IPv4Address | IPv6Address)
        self.hosts.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802
        self.complete = True


def resolved(resolver: CheckedResolver, host: str, port: int = 80) -> list[str]:
    heard = Heard()
    resolver.resolveHostName(heard, host, port)
    assert heard.complete
    return heard.hosts


def test_a_name_that_answers_differently_the_second_time_gains_nothing() -> None:
    fickle = FickleResolver(["93.184.215.14"], ["127.0.0.1"], ["10.0.0.1", "1.1.1.1", "::ffff:10.0.0.1"], ["::1"])
    guard = Guard()
    resolver = CheckedResolver(fickle, guard)
    assert resolved(resolver, "rebind.example") == ["93.184.215.14"]
    assert resolved(resolver, "rebind.example") == []
    assert guard.resolved_to_private == {"rebind.example"}
    assert resolved(resolver, "rebind.example") == ["1.1.1.1"]
    assert resolved(resolver, "rebind.example") == []


def test_a_named_host_resolves_to_what_it_is_at_its_port_alone() -> None:
    resolver = CheckedResolver(FickleResolver(["127.0.0.1"], ["127.0.0.1"]), Guard(["nas.local:5000"]))
    assert resolved(resolver, "nas.local", 5000) == ["127.0.0.1"]
    assert resolved(resolver, "nas.local", 80) == []


def test_no_connection_is_made_to_a_private_address_behind_a_public_name(
    workdir: Path, forty: dict[str, bytes], command_environment: dict[str, str]
) -> None:
    """The way of a request, with real sockets: a page names hosts whose names lead to 127.0.0.1, plainly and oddly."""
    code = """if True:
        import socket, sys
        import scraping.safety
        from housegan.cli import main

        real = socket.getaddrinfo
        def fake(host, *rest, **more):
            return real("127.0.0.1" if host == "rebind.example" else host, *rest, **more)
        socket.getaddrinfo = fake
        scraping.safety.PORTS["http"] = int(sys.argv.pop())  # as if the site were at port 80
        main()
    """
    with Site(gallery(forty)) as inside:
        pages = "".join(
            f'<figure><img src="http://{host}:{inside.port}/media/{number:02}.jpg"></figure>'
            for number, host in enumerate(["rebind.example", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "127.0.0.1"])
        )
        with Site({"/gallery/0": Response(pages)}) as front:
            write_config(front, contact="me@example.org")
            done = subprocess.run(
                [sys.executable, "-c", code, "scrape", "houses", str(inside.port)],
                env=command_environment, capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
            assert (done.returncode, done.stderr) == (0, "")
            assert inside.counts == {}
            assert "  5 pictures not taken, private address" in done.stdout, done.stdout
            assert held() == {}

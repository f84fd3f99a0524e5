"""The address guard, asked directly. Nothing here is ever dialled: a socket that is made is closed at once."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest

from bot.media.guard import AddressGuard, AddressRefused, is_public

PRIVATE_V4_TEXT = """
0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.0 10.0.0.1 10.255.255.255 100.64.0.0 100.64.0.1 100.100.100.200
100.127.255.255 127.0.0.0 127.0.0.1 127.0.0.53 127.1.2.3 127.255.255.255 168.63.129.16 169.254.0.0
169.254.169.254 169.254.170.2 169.254.170.23 169.254.255.255 172.16.0.0 172.17.0.1 172.31.255.255 192.0.0.0
192.0.0.8 192.0.0.9 192.0.0.10 192.0.0.170 192.0.0.192 192.0.0.255 192.0.2.1 192.88.99.1 192.168.0.0
192.168.1.1 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250
240.0.0.1 250.1.2.3 255.255.255.255
"""
PRIVATE_V4 = PRIVATE_V4_TEXT.split()

PRIVATE_V6_TEXT = """
:: ::1 ::127.0.0.1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1
::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b::808:808 64:ff9b:1::a00:1 100::1 2001::1
2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1
2002:a9fe:a9fe::1 2002:808:808::1 3ffe::1 3fff::1 3fff:fff::1 5f00::1 fc00::1 fd00::1 fd00:ec2::254
fd20:ce::254 fe80::1 fe80::1%lo fe80::a9fe:a9fe fec0::1 ff02::1 ff0e::1 2606:4700::1111%1
"""
PRIVATE_V6 = PRIVATE_V6_TEXT.split()

PUBLIC_TEXT = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.17
169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255
198.20.0.0 223.255.255.255 2606:4700::1111 2001:200::1 2001:4860:4860::8888 2003::1 2a00:1450:4001::200e
"""
PUBLIC = PUBLIC_TEXT.split()

INVALID = [
    "",
    "localhost",
    "metadata.google.internal",
    "0x7f.1",
    "127.1",
    "2130706433",
    "0177.0.0.1",
    "127.0.0.1 ",
    "/tmp",
]


def info(host: str, port: int = 443) -> tuple[int, int, int, str, tuple[object, ...]]:
    """One address as a resolver hands it over."""
    if ":" in host:
        return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port)


@pytest.fixture
def sockets_made(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Counts sockets of the whole process while a test runs."""
    made: list[object] = []
    real = socket.socket

    class Counted(real):  # type: ignore[valid-type,misc]
        def __init__(self, *args: object, **options: object) -> None:
            made.append(self)
            super().__init__(*args, **options)

    monkeypatch.setattr(socket, "socket", Counted)
    return made


def test_the_corpus_is_not_small() -> None:
    assert len({*PRIVATE_V4, *PRIVATE_V6, *INVALID}) > 80


@pytest.mark.parametrize("host", [*PRIVATE_V4, *PRIVATE_V6, *INVALID])
def test_refused_before_there_is_a_socket(host: str, sockets_made: list[object]) -> None:
    for guard in (AddressGuard(), AddressGuard(public=False), AddressGuard([("127.0.0.1", 9101), ("::1", 9101)])):
        with pytest.raises(AddressRefused) as caught:
            guard(info(host))
        assert caught.value.address == host
    assert sockets_made == []


@pytest.mark.parametrize("host", PUBLIC)
def test_public_addresses_get_a_socket(host: str, sockets_made: list[object]) -> None:
    AddressGuard()(info(host)).close()
    assert len(sockets_made) == 1
    with pytest.raises(AddressRefused):
        AddressGuard(public=False)(info(host))


def test_other_families_are_refused(sockets_made: list[object]) -> None:
    with pytest.raises(AddressRefused):
        AddressGuard()((socket.AF_UNIX, socket.SOCK_STREAM, 0, "", ("/run/docker.sock", 0)))
    assert sockets_made == []


@pytest.mark.parametrize("public", [True, False])
def test_only_the_exact_pair_is_allowed(public: bool) -> None:
    guard = AddressGuard([("127.0.0.1", 9101), ("fd00::7", 80)], public=public)
    guard(info("127.0.0.1", 9101)).close()
    guard(info("fd00::7", 80)).close()
    guard(info("fd00:0:0::7", 80)).close()
    for host, port in [("127.0.0.1", 9102), ("127.0.0.2", 9101), ("::ffff:127.0.0.1", 9101), ("fd00::7", 9101)]:
        with pytest.raises(AddressRefused):
            guard(info(host, port))


@pytest.mark.parametrize("host", [*PRIVATE_V4, *PRIVATE_V6])
def test_nothing_the_standard_library_calls_private_is_public_here(host: str) -> None:
    assert not is_public(ip_address(host))


def test_all_refusals_read_alike_and_keep_the_class() -> None:
    # aiohttp's connector keeps the first error's class only if all of a name's addresses failed in the same words.
    assert str(AddressRefused("10.0.0.1")) == str(AddressRefused("::1"))
    assert isinstance(AddressRefused("::1"), OSError)

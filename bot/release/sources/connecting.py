"""Connect to servers that a manifest or a redirect names, at public addresses only.

The address that was looked at is the one that is connected to, so a name that leads elsewhere the next
time it is asked for (DNS rebinding) leads nowhere new. The server still has to prove its name by TLS.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Collection, Sequence
from ssl import SSLContext

import httpx

from bot.places import Network

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
"""Seconds to wait for the next part of an answer, and for a connection."""

_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv6 addresses that a translator turns into the IPv4 ones in their last 32 bits (RFC 6052, 2.1)."""

_INSIDE = (ipaddress.IPv6Network("fec0::/10"), ipaddress.IPv4Network("168.63.129.16/32"))
"""Inside of networks though they count as global: site-local addresses (RFC 3879), and the one at which Azure
answers each of its machines (Microsoft Learn, "What is IP address 168.63.129.16?")."""


class ForbiddenAddress(Exception):
    """Say that a server is at an address that nothing may be fetched from."""


def may_connect(address: str, networks: Collection[Network] = ()) -> bool:
    """Tell whether an IP address is a public one, or in one of ``networks``."""
    found = ipaddress.ip_address(address)
    meant = _meant(found)
    # Multicast addresses count as global, and no server is at one.
    is_public = meant.is_global and not meant.is_multicast and not meant.is_reserved
    is_public = is_public and not any(meant in network for network in _INSIDE)
    return is_public or any(found in network or meant in network for network in networks)


class GuardedTransport(httpx.AsyncBaseTransport):
    """Send requests to public addresses, and to those of ``networks`` and of the ``known`` servers.

    ``known`` are servers that the operator chose, as ``host:port``. No proxy is used: it would look names
    up itself. Raises ForbiddenAddress instead of connecting, and httpx's errors.
    """

    def __init__(
        self,
        networks: Collection[Network] = (),
        known: Collection[str] = (),
        verify: SSLContext | bool = True,
    ) -> None:
        self._networks = networks
        self._known = frozenset(known)
        # A kept connection would be found by its address, though it proved another name of it.
        self._inner = httpx.AsyncHTTPTransport(
            verify=verify, limits=httpx.Limits(max_connections=20, max_keepalive_connections=0)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Look the name up once, and connect to what was found."""
        host = request.url.raw_host.decode("ascii")
        addresses = await self._look_up(host, server_of(request.url))
        request.extensions = {**request.extensions, "sni_hostname": host}
        named = request.url
        for address in addresses[:-1]:
            request.url = named.copy_with(host=address)
            try:
                return await self._inner.handle_async_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        request.url = named.copy_with(host=addresses[-1])
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()

    async def _look_up(self, host: str, server: str) -> Sequence[str]:
        port = int(server.rpartition(":")[2])
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"{host} has no address: {error}") from error
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        if server not in self._known:
            for address in addresses:
                if not may_connect(address, self._networks):
                    # Which one it is, nobody is told: the names of a private network are private too.
                    raise ForbiddenAddress(f"{host} is at no public address")
        return addresses


def server_of(url: httpx.URL) -> str:
    """Name the server of an address as ``host:port``."""
    return f"{url.host}:{url.port or (443 if url.scheme == 'https' else 80)}"


def _meant(address: _Address) -> _Address:
    """Give the IPv4 address that an IPv6 one stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address

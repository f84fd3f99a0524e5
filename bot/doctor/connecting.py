"""Why a connection failed, in words that an owner can look for."""

from __future__ import annotations

import aiohttp


def reason(failure: Exception) -> str:
    """Why a connection failed, in few words and without an address."""
    if isinstance(failure, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return "its certificate is not accepted"
    if isinstance(failure, aiohttp.ClientConnectorDNSError):
        return "its name is not known"
    if isinstance(failure, aiohttp.ClientConnectorError):
        return failure.os_error.strerror or type(failure.os_error).__name__
    return type(failure).__name__

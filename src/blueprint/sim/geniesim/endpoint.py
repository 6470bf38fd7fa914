"""Where a Genie Sim server is, how it is spoken to, and whether that is allowed: read from the environment, checked."""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import grpc

from blueprint.contracts.errors import InputError
from blueprint.services.secrets import Secret, find_secret
from blueprint.sim.geniesim.proto.methods import MAX_MESSAGE_BYTES

__all__ = ["DEFAULT_PORT", "Endpoint", "Profile", "endpoint_from_environment"]

DEFAULT_PORT = 50051
Profile = Literal["sandbox", "production"]
_HOST = re.compile(r"^(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?)$")


@dataclass(frozen=True)
class Endpoint:
    """A server. The real one speaks plain gRPC without credentials on loopback; whoever puts a proxy before it can
    have TLS (`tls_roots`, a PEM file) and a bearer token."""

    host: str = "localhost"
    port: int = DEFAULT_PORT
    profile: Profile = "sandbox"
    tls_roots: Path | None = None
    token: Secret | None = None

    @property
    def target(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    def checked(self) -> "Endpoint":
        """Return this endpoint; raises InputError that names the variable for what cannot or must not be used."""
        if not _HOST.match(self.host):
            raise InputError(
                f"GENIESIM_HOST is {self.host[:80]!r}, no host name.", remedy="export GENIESIM_HOST=localhost."
            )
        if not 0 < self.port < 65536:
            raise InputError(f"GENIESIM_PORT is {self.port}.", remedy=f"export GENIESIM_PORT={DEFAULT_PORT}.")
        if self.tls_roots is not None and not self.tls_roots.is_file():
            raise InputError(
                f"GENIESIM_TLS_ROOTS names {self.tls_roots}, which is no file.", remedy="name a PEM file of roots."
            )
        is_open = self.tls_roots is None and not self.is_loopback
        if is_open and self.token is not None:
            raise InputError(
                f"GENIESIM_TOKEN would go to {self.target} in clear text.",
                remedy="set GENIESIM_TLS_ROOTS, or unset it.",
            )
        if is_open and self.profile == "production":
            raise InputError(
                f"the production profile does not speak plain text to {self.target}.",
                remedy="run the client beside the server, tunnel the port to localhost, or set GENIESIM_TLS_ROOTS.",
            )
        return self

    def channel(self) -> grpc.Channel:
        """Open a channel (it connects on the first call); messages are bounded as the protocol bounds them."""
        options = [
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
            ("grpc.enable_retries", 0),  # what is repeated is decided by the client, method by method
        ]
        if self.tls_roots is None:
            return grpc.insecure_channel(self.target, options=options)
        return grpc.secure_channel(self.target, grpc.ssl_channel_credentials(self.tls_roots.read_bytes()), options)


def endpoint_from_environment(
    environment: Mapping[str, str] | None = None, *, host: str | None = None, port: int | None = None
) -> Endpoint:
    """Return the endpoint of GENIESIM_HOST, _PORT, _PROFILE, _TLS_ROOTS and _TOKEN, checked; arguments win.

    Raises InputError that names the variable.
    """
    values = os.environ if environment is None else environment
    profile = values.get("GENIESIM_PROFILE", "sandbox")
    if profile not in ("sandbox", "production"):
        raise InputError(
            f"GENIESIM_PROFILE is {profile[:40]!r}.", remedy="export GENIESIM_PROFILE=sandbox or production."
        )
    text = values.get("GENIESIM_PORT", str(DEFAULT_PORT))
    if port is None and not (text.isascii() and text.isdigit() and len(text) < 6):
        raise InputError(f"GENIESIM_PORT is {text[:40]!r}, no port.", remedy=f"export GENIESIM_PORT={DEFAULT_PORT}.")
    roots = values.get("GENIESIM_TLS_ROOTS")
    return Endpoint(
        host=host or values.get("GENIESIM_HOST", "localhost"),
        port=int(text) if port is None else port,
        profile="production" if profile == "production" else "sandbox",
        tls_roots=Path(roots) if roots else None,
        token=find_secret("GENIESIM_TOKEN"),
    ).checked()

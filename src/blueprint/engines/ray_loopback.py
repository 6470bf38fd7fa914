"""What Ray reads of the environment when it is imported, and never again: who may hear it, and what it tells."""

import os

__all__ = ["prepare_ray"]

_ON_THIS_MACHINE = ("127.0.0.1:", "localhost:")


def prepare_ray(address: str | None) -> None:
    """Call before Ray is imported: a cluster on this machine listens on loopback alone, and no usage is reported.

    Without the first variable Ray binds every interface, whatever address it is given; it is meant for other systems,
    but holds on Linux. It stays unset for a cluster elsewhere, whose nodes know each other by their real addresses.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if address is None or address.startswith(_ON_THIS_MACHINE):
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")

"""Refusing an episode: the exception that carries a reason, raised by every reader and check of this room."""

from blueprint.contracts.errors import InputError
from blueprint.contracts.geniesim.import_bundle import REMEDIES, RefusalReason

__all__ = ["EpisodeRefusedError"]


class EpisodeRefusedError(InputError):
    """An episode is not usable. `reason` is one of an enumeration, `detail` what was seen (without local paths)."""

    def __init__(self, reason: RefusalReason, detail: str) -> None:
        detail = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in detail)[:500]
        super().__init__(f"{reason.value}: {detail}", remedy=REMEDIES[reason])
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.reason, self.detail)

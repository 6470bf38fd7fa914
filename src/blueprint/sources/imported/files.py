"""Files of a foreign folder: inside it, bounded, and JSON that is JSON."""

import struct
from pathlib import Path, PurePosixPath
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from blueprint.contracts.errors import ContractError, InputError, UnsafePathError

__all__ = [
    "GARBAGE",
    "MAX_JSON_BYTES",
    "Degrees",
    "Foreign",
    "Meters",
    "Point",
    "Quat",
    "inside",
    "parse_foreign",
    "read_bounded",
]

MAX_JSON_BYTES = 64 << 20
# What libraries raise on damaged files and absurd shapes: they check little, so nearly anything; it is no bug of ours.
GARBAGE = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, NameError, OSError,
    RuntimeError, TypeError, ValueError, struct.error,
)  # fmt: skip


class Foreign(BaseModel):
    """A document that somebody else defined: keys that we do not read are ignored, NaN and Inf are refused."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


def _rotation(quat: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    norm = sum(value * value for value in quat) ** 0.5
    if not 0.5 < norm < 2:
        raise ValueError(f"quaternion {quat} has norm {norm:.3g}, expected 1")
    return quat


Meters = Annotated[float, Field(ge=-1e4, le=1e4)]
Degrees = Annotated[float, Field(ge=-1e6, le=1e6)]
Point = tuple[Meters, Meters, Meters]
_Part = Annotated[float, Field(ge=-2, le=2)]
Quat = Annotated[tuple[_Part, _Part, _Part, _Part], AfterValidator(_rotation)]
_Model = TypeVar("_Model", bound=Foreign)


def inside(root: Path, name: str, base: Path | None = None) -> Path:
    """Return `base`/`name` (default: `root`/`name`) if it is a file inside `root`, links followed.

    Raises UnsafePathError for an absolute name or one that leaves `root`, InputError where there is no such file.
    """
    path = PurePosixPath(name)
    if not name or "\0" in name or "\\" in name or path.is_absolute():
        raise UnsafePathError(f"{name[:200]!r} is no relative path.", remedy="name a file inside the folder.")
    target = (base or root).joinpath(*path.parts)
    if not target.resolve().is_relative_to(root.resolve()):
        raise UnsafePathError(f"{name[:200]!r} leaves the folder {root}.", remedy="use paths without '..' or links.")
    if not target.is_file():
        raise InputError(f"{root} holds no file {name[:200]!r}.", remedy="copy the whole folder.")
    return target


def read_bounded(path: Path, limit_bytes: int) -> bytes:
    """Return the bytes of a file; raises InputError if it is larger than the limit or cannot be read."""
    try:
        if path.stat().st_size > limit_bytes:
            raise InputError(f"{path} is larger than {limit_bytes} bytes.", remedy="decimate or split it.")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}.", remedy="check the file.") from error


def parse_foreign(model: type[_Model], data: bytes | str, where: str) -> _Model:
    """Validate JSON text against a foreign model; raises ContractError that names the first fields that are wrong."""
    try:
        from_json(data, allow_inf_nan=False)
        return model.model_validate_json(data)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc']))[:200] or 'document'}: {item['msg'][:200]}" for item in error.errors()[:4]
        )
        raise ContractError(f"{where} is not a {model.__name__}: {ascii(problems)[1:-1]}.") from error
    except ValueError as error:
        raise ContractError(f"{where} is not valid JSON: {ascii(str(error))[1:-1][:300]}.") from error

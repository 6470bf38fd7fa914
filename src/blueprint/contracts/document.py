"""The base of every document model, with reading and writing as canonical, diffable JSON."""

import json
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

from blueprint.contracts.disk import disk_error
from blueprint.contracts.errors import ContractError, InputError

__all__ = ["MAX_DOCUMENT_BYTES", "Document", "Part", "explain", "write_atomically"]

MAX_DOCUMENT_BYTES = 256 << 20


class Part(BaseModel):
    """A piece of a document: unknown keys are refused, instances are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Document(Part):
    """A whole file. `to_json` is deterministic: declared field order, two-space indent, one final newline."""

    @classmethod
    def parse(cls, data: bytes | str, *, where: str = "document") -> Self:
        """Validate JSON text; raises ContractError that names the file, the field and the value."""
        try:
            # A free-form field would let NaN in, and then the document could not be written again.
            from_json(data, allow_inf_nan=False)
        except ValueError as error:
            raise ContractError(f"{where} is not valid JSON: {error}.", remedy="see schemas/.") from error
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise ContractError(
                f"{where} is not a valid {cls.__name__}: {explain(error)}.", remedy="see schemas/."
            ) from error

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read and validate a local file; raises InputError if it is missing, unreadable or too large."""
        try:
            if path.stat().st_size > MAX_DOCUMENT_BYTES:
                raise InputError(f"{path} is larger than {MAX_DOCUMENT_BYTES} bytes.", remedy="split the document.")
            return cls.parse(path.read_bytes(), where=str(path))
        except OSError as error:
            raise InputError(
                f"cannot read {path}: {error.strerror or error}.", remedy="check the path and its rights."
            ) from error

    def to_json(self) -> str:
        return (
            json.dumps(self.model_dump(mode="json", exclude_none=True), indent=2, ensure_ascii=False, allow_nan=False)
            + "\n"
        )

    def write(self, path: Path) -> None:
        """Write atomically (temporary file, then rename), creating parent folders."""
        write_atomically(path, self.to_json().encode())


def write_atomically(path: Path, data: bytes) -> None:
    """Replace `path` by `data` so that a reader or a kill sees the old bytes or the new ones, never a part.

    Raises StorageError where the disk refuses (full, no right to write).
    """
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(data)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise disk_error("write", path, error) from error


def explain(error: ValidationError) -> str:
    """Return one line: the first five problems, each with its field and value."""
    problems = [
        f"{'.'.join(map(str, item['loc']))[:200] or 'document'}: {item['msg']} (got {str(item.get('input'))[:80]!r})"
        for item in error.errors()[:5]
    ]
    more = error.error_count() - len(problems)
    text = "; ".join(problems) + (f"; and {more} more" if more > 0 else "")
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)  # one line, whatever the keys

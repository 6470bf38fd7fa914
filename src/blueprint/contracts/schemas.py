"""Publish the JSON Schema (draft 2020-12) of every document: `python -m blueprint.contracts.schemas [--check]`."""

import argparse
import importlib
import json
import pkgutil
import re
import sys
from pathlib import Path

import blueprint.contracts as contracts
from blueprint.contracts.document import Document, write_atomically

__all__ = ["documents", "publish", "schema_text", "stale"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def documents() -> dict[str, type[Document]]:
    """Return every document model of this room by its snake_case name, sorted."""
    for module in pkgutil.walk_packages(contracts.__path__, f"{contracts.__name__}."):
        if module.name != __spec__.name:
            importlib.import_module(module.name)
    found = [kind for kind in _subclasses(Document) if kind.__module__.startswith(f"{contracts.__name__}.")]
    return {name: kind for name, kind in sorted((_snake(kind.__name__), kind) for kind in found)}


def schema_text(kind: type[Document]) -> str:
    """Return the schema of a document model as text: keys in pydantic's order, two-space indent, a final newline."""
    schema = {"$schema": _DIALECT, **kind.model_json_schema(by_alias=True)}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def publish(folder: Path) -> list[Path]:
    """Write `{name}.schema.json` of every document, remove those of documents that are gone, and return the files."""
    texts = _texts()
    for name, text in texts.items():
        write_atomically(folder / name, text.encode())
    for path in sorted(folder.glob("*.schema.json")):
        if path.name not in texts:
            path.unlink()
    return [folder / name for name in texts]


def stale(folder: Path) -> list[str]:
    """Return the names of schema files that are missing, differ from the models or belong to none."""
    texts = _texts()
    present = {path.name: path.read_bytes().decode() for path in sorted(folder.glob("*.schema.json"))}
    return sorted(name for name in texts.keys() | present.keys() if texts.get(name) != present.get(name))


def main(arguments: list[str] | None = None) -> int:
    """Publish, or with `--check` only compare; returns 1 when files are stale."""
    parser = argparse.ArgumentParser(prog="python -m blueprint.contracts.schemas", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("schemas"))
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is stale")
    options = parser.parse_args(arguments)
    if not options.check:
        print(f"wrote {len(publish(options.folder))} schemas to {options.folder}")
        return 0
    differing = stale(options.folder)
    for name in differing:
        print(f"{options.folder / name} is stale; run: python -m blueprint.contracts.schemas", file=sys.stderr)
    return 1 if differing else 0


def _texts() -> dict[str, str]:
    return {f"{name}.schema.json": schema_text(kind) for name, kind in documents().items()}


def _subclasses(kind: type[Document]) -> list[type[Document]]:
    return [found for child in kind.__subclasses__() for found in [child, *_subclasses(child)]]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


if __name__ == "__main__":
    sys.exit(main())

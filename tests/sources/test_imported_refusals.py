"""Every kind of broken input is refused by name, with what to do, and nothing worse happens."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from mesh_files import data_uri, png, textured_box, with_texture
from refusal_cases import CASES, DOCUMENT, Case, refusal, table

from blueprint.contracts.errors import InputError
from blueprint.contracts.seeds import derive_seed
from blueprint.sources.imported.mesh_file import load_parts


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_it_is_refused(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    error = refusal(case, folder)
    assert type(error) is case.error, error
    assert isinstance(error, InputError)
    assert error.exit_code == 2
    assert case.says in str(error)
    assert len(str(error)) < 1000
    assert error.remedy
    assert "a." in str(error.args[0])  # the file's name, whatever it refers to


def test_every_kind_is_listed_once() -> None:
    assert len({case.kind for case in CASES}) == len(CASES)


def test_the_page_says_what_is_said() -> None:
    assert DOCUMENT.read_text() == table(), "run python tests/sources/refusal_cases.py --write"


@pytest.mark.parametrize("kind", ["glb", "gltf", "obj", "ply", "stl", "usdz"])
def test_damaged_bytes_are_read_or_refused_and_nothing_else(tmp_path: Path, kind: str) -> None:
    """Bytes replaced, cut out and doubled at random; what still reads has finite vertices."""
    whole = sample(tmp_path, kind)
    draw = np.random.default_rng(derive_seed(0, "damage", kind))
    refused = 0
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(int(draw.integers(1, 6))):
            at, length = int(draw.integers(0, len(data))), int(draw.integers(1, 12))
            change = draw.integers(0, 3)
            if change == 0:
                data[at : at + length] = draw.bytes(length)
            elif change == 1:
                del data[at : at + length]
            else:
                data[at:at] = data[at : at + length]
        path = tmp_path / f"damaged.{kind}"
        path.write_bytes(bytes(data))
        try:
            parts = load_parts(path, tmp_path)
        except InputError:
            refused += 1
        else:
            assert all(np.isfinite(part.mesh.vertices).all() for part in parts)
    assert refused > 5


def sample(folder: Path, kind: str) -> bytes:
    """A small whole file with a texture, where its kind has one."""
    if kind == "gltf":
        return json.dumps(with_texture(data_uri(png()))).encode()
    path = folder / f"whole.{kind}"
    if kind == "usdz":
        (folder / "a.usda").write_text(
            '#usda 1.0\n(\n    upAxis = "Z"\n)\ndef Mesh "a" {\n    point3f[] points = [(0,0,0),(1,0,0),(0,1,0)]\n'
            "    int[] faceVertexCounts = [3]\n    int[] faceVertexIndices = [0,1,2]\n}\n"
        )
        with zipfile.ZipFile(path, "w") as package:
            package.write(folder / "a.usda", "a.usda")
    else:
        textured_box().export(path)
    assert load_parts(path, folder)
    return path.read_bytes()

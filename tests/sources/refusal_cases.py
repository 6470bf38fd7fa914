"""One broken input of each kind, and how it is refused: run it with `--write` to renew docs/refusals.md."""

import base64
import io
import struct
import sys
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from mesh_files import CORNERS, FACES, box, data_uri, glb, gltf_of, png, with_texture, write

from blueprint.contracts.errors import BlueprintError, ContractError, InputError, UnsafePathError
from blueprint.sources.articulation.urdf import parse_urdf
from blueprint.sources.imported import mesh_file
from blueprint.sources.imported.mesh_file import load_parts

__all__ = ["CASES", "Case", "refusal", "table"]

DOCUMENT = Path(__file__).parents[2] / "docs" / "refusals.md"
_SHOWN = 200


@dataclass(frozen=True)
class Case:
    """`make` writes the input into a folder and returns the file; `says` is a part of the message."""

    kind: str
    make: Callable[[Path], Path]
    says: str
    error: type[BlueprintError] = InputError
    read: Callable[[Path, Path], object] = load_parts


def refusal(case: Case, folder: Path) -> BlueprintError:
    """Return what reading the case's input in an empty `folder` raises; AssertionError where nothing is raised."""
    path = case.make(folder)
    try:
        case.read(path, folder)
    except BlueprintError as error:
        return error
    raise AssertionError(f"{case.kind} was read")


def table() -> str:
    """Return docs/refusals.md: every case read, with the message and the remedy that came."""
    lines = [
        "# What is refused",
        "",
        "One broken input of each kind, and what is said of it. Every row exits with code 2: nothing was changed.",
        "Written by `python tests/sources/refusal_cases.py --write` from what was raised; a test keeps it so.",
        "",
        "| input | error | message | remedy |",
        "|---|---|---|---|",
    ]
    for case in CASES:
        with TemporaryDirectory() as name:
            folder = Path(name, "FOLDER")
            folder.mkdir()
            error = refusal(case, folder)
            message = str(error.args[0]).replace(name + "/", "").replace(str(Path(name).resolve()) + "/", "")
        lines.append(f"| {case.kind} | {type(error).__name__} | {_cell(message)} | {_cell(error.remedy or '')} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """One line of a table, cut where it is overlong: parsers quote what they choked on."""
    line = " ".join(text.split()).replace("|", "\\|")
    return line if len(line) <= _SHOWN else line[:_SHOWN] + " …"


def _file(name: str, data: bytes | str | dict[str, Any]) -> Callable[[Path], Path]:
    return lambda folder: write(folder / name, data)


def _changed(**members: Any) -> Callable[[Path], Path]:
    return _file("a.gltf", gltf_of(members))


def _accessor(number: int, **members: Any) -> Callable[[Path], Path]:
    document = gltf_of()
    document["accessors"][number] |= members
    return _file("a.gltf", document)


def _view(number: int, **members: Any) -> Callable[[Path], Path]:
    document = gltf_of()
    document["bufferViews"][number] |= members
    return _file("a.gltf", document)


def _textured(uri: str = "wood.png", image: bytes | None = None, **members: Any) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        if image is not None:
            write(folder / uri, image)
        return write(folder / "a.gltf", with_texture(uri) | members)

    return make


def _vertices(factor: float) -> Callable[[Path], Path]:
    return _file("a.gltf", gltf_of(vertices=CORNERS * np.float32(factor)))


def _huge_png() -> bytes:
    """The header of a picture of 100,000 x 100,000 pixels: 30 GB once it is unpacked."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def _obj(library: str | None, maps: str = "") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        write(folder / "a.mtl", f"newmtl wood\nKd 1 1 1\n{maps}")
        head = f"mtllib {library}\n" if library else ""
        rows = [f"v {x} {y} {z}" for x, y, z in CORNERS] + ["vt 0 0", "usemtl wood"]
        rows += [f"f {a + 1}/1 {b + 1}/1 {c + 1}/1" for a, b, c in FACES]
        return write(folder / "a.obj", head + "\n".join(rows) + "\n")

    return make


def _link_out(folder: Path) -> Path:
    write(folder.parent / "outside.glb", glb(gltf_of()))
    (folder / "a.glb").symlink_to(folder.parent / "outside.glb")
    return folder / "a.glb"


def _usdz(*names: str, compression: int = zipfile.ZIP_STORED, data: bytes = b"#usda 1.0\n") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        with zipfile.ZipFile(folder / "a.usdz", "w", compression) as package, warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a name that is there twice is what is wanted
            for name in names:
                package.writestr(name, data)
        return folder / "a.usdz"

    return make


def _usdz_bomb(folder: Path) -> Path:
    """A header that says 4 GB of zeros, in a few bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("a.usda", b"\0" * (1 << 20))
    data = stream.getvalue().replace(struct.pack("<I", 1 << 20), struct.pack("<I", 0xFFFFFFF0))
    return write(folder / "a.usdz", data)


def _many_triangles(folder: Path) -> Path:
    path = folder / "a.stl"
    count = mesh_file.MAX_FACES + 1
    rows = np.zeros((count, 50), np.uint8)
    corners = np.tile(CORNERS[:3].astype("<f4").reshape(-1), (count, 1))
    rows[:, 12:48] = corners.view(np.uint8).reshape(count, 36)
    return write(path, b"\0" * 80 + struct.pack("<I", count) + rows.tobytes())


def _instances(folder: Path) -> Path:
    """Four triangles that 20,001 nodes show."""
    nodes = [{"mesh": 0}] * 20_001
    return write(folder / "a.gltf", gltf_of({"nodes": nodes, "scenes": [{"nodes": list(range(20_001))}]}))


def _primitive(**members: Any) -> list[dict[str, Any]]:
    return [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, **members}]}]


_STL = box().export(file_type="stl")
_GLB = glb(gltf_of())
_DRACO = _primitive(extensions={"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {"POSITION": 0}}})
_USDA = '#usda 1.0\n(\n    defaultPrim = "a"\n)\ndef Xform "a" (\n    references = @{0}@\n)\n{{\n}}\n'
_ENTITIES = '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><robot name="&b;"/>'
_TRANSFORM = {"KHR_texture_transform": {"scale": [2, 2]}}


def _pbr(**info: Any) -> dict[str, Any]:
    return {"materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0, **info}}}]}


# fmt: off
CASES = [
    Case("no mesh file at all", _file("a.fbx", b"Kaydara FBX Binary"), "'.fbx' is not read"),
    Case("an empty file", _file("a.glb", b""), "does not begin as a GLB"),
    Case("an empty OBJ", _file("a.obj", b""), "a.obj"),
    Case("text with the suffix of a GLB", _file("a.glb", "solid text"), "does not begin as a GLB"),
    Case("a GLB with the wrong magic", _file("a.glb", b"glTX" + _GLB[4:]), "does not begin as a GLB"),
    Case("a GLB that is cut off", _file("a.glb", _GLB[: len(_GLB) // 2]), "is cut off"),
    Case("a GLB without a JSON chunk", _file("a.glb", _GLB[:16] + b"XXXX" + _GLB[20:]), "no JSON chunk"),
    Case(
        "a GLB whose binary chunk is cut off",
        _file("a.glb", glb(gltf_of({"buffers": [{"byteLength": 96}]}), b"\0" * 8)),
        "buffer 0 has 8 bytes",
    ),
    Case("garbage in the JSON chunk", _file("a.glb", _GLB[:20] + b"\xff" * 16 + _GLB[36:]), "JSON", ContractError),
    Case("JSON that is no glTF", _file("a.gltf", "[1, 2]"), "a.gltf", ContractError),
    Case("JSON nested a million deep", _file("a.gltf", "[" * 1_000_000), "a.gltf", ContractError),
    Case("glTF 1.0", _changed(asset={"version": "1.0"}), "not 2.0"),
    Case("a buffer view past the end of its buffer", _view(1, byteLength=4096), "past the end of its buffer"),
    Case("an accessor past the end of its buffer view", _accessor(0, count=5), "past the end of its buffer view"),
    Case("an accessor of two thousand million elements", _accessor(0, count=2_000_000_000), "2000000012 elements"),
    Case("an accessor of an unknown type", _accessor(0, type="VEC9"), "accessors.0.type", ContractError),
    Case("an accessor without data", _accessor(0, bufferView=None), "has no data"),
    Case("a sparse accessor", _accessor(0, sparse={"count": 1}), "is sparse"),
    Case("an index past the vertices", _file("a.gltf", gltf_of(faces=FACES + 9)), "point past the vertices"),
    Case("triangle fans", _changed(meshes=_primitive(mode=6)), "triangle fans"),
    Case("points only", _changed(meshes=_primitive(mode=0)), "no triangles"),
    Case("a node that is its own ancestor", _changed(nodes=[{"children": [1]}, {"children": [0]}]), "its own ancestor"),
    Case("a mesh shown by twenty thousand nodes", _instances, "nodes", ContractError),
    Case("vertices that are NaN", _vertices(float("nan")), "NaN or over 1 km away"),
    Case("vertices a million kilometres away", _vertices(1e9), "NaN or over 1 km away"),
    Case("triangles without area", _vertices(0.0), "no triangles with an area"),
    Case("Draco", _changed(extensionsRequired=["KHR_draco_mesh_compression"], meshes=_DRACO), "KHR_draco_mesh"),
    Case("Draco that is not declared", _changed(meshes=_DRACO), "KHR_draco_mesh_compression"),
    Case("meshopt", _view(0, extensions={"EXT_meshopt_compression": {}}), "EXT_meshopt_compression"),
    Case("quantised positions", _changed(extensionsRequired=["KHR_mesh_quantization"]), "KHR_mesh_quantization"),
    Case("instances on the GPU",
        _changed(nodes=[{"mesh": 0, "extensions": {"EXT_mesh_gpu_instancing": {}}}]), "EXT_mesh_gpu"),
    Case("an extension that nobody knows", _changed(extensionsRequired=["ACME_shape"]), "ACME_shape"),
    Case("a texture that is missing", _textured(), "wood.png"),
    Case("a texture of no bytes", _textured(image=b""), "'wood.png'"),
    Case("a texture that is cut off", _textured(image=png((64, 64))[:-40]), "'wood.png'"),
    Case("a texture of 100,000 x 100,000 pixels", _textured(image=_huge_png()), "too large a picture"),
    Case("a texture of 9,000 pixels a side", _textured(image=png((9000, 1))), "more than 8192"),
    Case("a KTX2 texture", _textured(image=b"\xabKTX 20\xbb\r\n\x1a\n"), "is a KTX2 image"),
    Case(
        "a KTX2 texture by its extension",
        _textured(image=png(), textures=[{"extensions": {"KHR_texture_basisu": {"source": 0}}}]),
        "KHR_texture_basisu",
    ),
    Case("a WebP texture", _textured(image=b"RIFF\0\0\0\0WEBPVP8 "), "is a WebP image"),
    Case("a texture that is shifted and scaled",
        _textured(image=png(), **_pbr(extensions=_TRANSFORM)), "KHR_texture_transform"),
    Case("a second set of texture coordinates", _textured(image=png(), **_pbr(texCoord=1)), "TEXCOORD_1"),
    Case("a texture above the folder", _textured("../../etc/passwd"), "leaves the folder", UnsafePathError),
    Case("a texture above the folder, encoded",
        _textured("%2e%2e/%2e%2e/etc/passwd"), "leaves the folder", UnsafePathError),
    Case("a texture at an absolute path", _textured("/etc/passwd"), "is no relative path", UnsafePathError),
    Case("a texture from the web", _textured("https://example.com/wood.png"), "only files beside it", UnsafePathError),
    Case("a file: URL", _textured("file:///etc/passwd"), "only files beside it", UnsafePathError),
    Case(
        "a data URI that is no base64", _changed(buffers=[{"byteLength": 96, "uri": "data:;base64,!!!"}]), "data URI"
    ),
    Case(
        "a data URI that holds a huge picture",
        _textured("data:image/png;base64," + base64.b64encode(_huge_png()).decode()),
        "too large a picture",
    ),
    Case("a buffer that is missing", _changed(buffers=[{"byteLength": 96, "uri": "a.bin"}]), "a.bin"),
    Case(
        "a buffer shorter than it says",
        _changed(buffers=[{"byteLength": 96, "uri": data_uri(b"\0" * 10)}]),
        "its header says 96",
    ),
    Case("an OBJ of two vertices", _file("a.obj", "v 0 0 0\nv 1 0 0\nf 1 2 1\n"), "a.obj"),
    Case("an OBJ with faces past its vertices", _file("a.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n"), "a.obj"),
    Case("an OBJ without its material library", _obj("b.mtl"), "b.mtl"),
    Case("an OBJ whose material library is outside", _obj("../../etc/passwd"), "leaves the folder", UnsafePathError),
    Case("an OBJ whose texture is missing", _obj("a.mtl", "map_Kd wood.png\n"), "wood.png"),
    Case("an OBJ whose texture is outside",
        _obj("a.mtl", "map_Kd ../wood.png\n"), "leaves the folder", UnsafePathError),
    Case("an OBJ whose texture is text", _obj("a.mtl", "map_Kd a.mtl\n"), "'a.mtl'"),
    Case("a PLY without a header", _file("a.ply", b"\0" * 100), "no PLY header"),
    Case(
        "a PLY that announces too much",
        _file("a.ply", "ply\nformat ascii 1.0\nelement vertex 4000000000\nproperty float x\nend_header\n"),
        "announces 4000000000 elements",
    ),
    Case(
        "a PLY without its texture",
        _file("a.ply", "ply\nformat ascii 1.0\ncomment TextureFile wood.png\nelement vertex 0\nend_header\n"),
        "wood.png",
    ),
    Case("an STL that is cut off", _file("a.stl", _STL[:-30]), "do not fit its header"),
    Case("a text STL that is cut off", _file("a.stl", "solid a\nfacet normal 0 0 1\nouter loop\n"), "endsolid"),
    Case("more than 400,000 triangles", _many_triangles, "more than 400000 triangles"),
    Case("a link out of the folder", _link_out, "lies outside", UnsafePathError),
    Case("an OpenUSD file of garbage", _file("a.usdc", b"PXR-USDC" + b"\xff" * 200), "a.usdc"),
    Case("an OpenUSD file without meshes", _file("a.usda", '#usda 1.0\ndef Xform "a" {}\n'), "no mesh to see"),
    Case("an OpenUSD file that refers outside", _file("a.usda", _USDA.format("../b.usda")), "outside", UnsafePathError),
    Case("an OpenUSD file that refers to the web",
        _file("a.usda", _USDA.format("http://x.org/b.usda")), "only relative", UnsafePathError),
    Case("an OpenUSD file that refers to nothing",
        _file("a.usda", _USDA.format("./b.usda")), "does not exist", UnsafePathError),
    Case("a package that is no zip", _file("a.usdz", b"PK\x03\x04" + b"\0" * 50), "no package that can be read"),
    Case("a package that is compressed", _usdz("a.usda", compression=zipfile.ZIP_DEFLATED), "is compressed"),
    Case("a package of four gigabytes in a kilobyte", _usdz_bomb, "unpacks to"),
    Case("a package that leaves its folder", _usdz("a.usda", "../b.usda"), "which leaves it", UnsafePathError),
    Case("a package with an absolute name", _usdz("a.usda", "/tmp/b.usda"), "which leaves it", UnsafePathError),
    Case("a package without a layer", _usdz("readme.txt"), "does not begin with"),
    Case("a package with the same name twice", _usdz("a.usda", "b.png", "b.png"), "twice"),
    Case(
        "a URDF that declares entities",
        _file("a.urdf", _ENTITIES),
        "document type",
        read=lambda path, _: parse_urdf(path.read_bytes(), path.name),
    ),
]
# fmt: on


if __name__ == "__main__":
    text = table()
    if "--write" in sys.argv:
        DOCUMENT.write_text(text)
    else:
        sys.stdout.write(text)

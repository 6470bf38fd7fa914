"""A spec saved as `scene.xml` with its meshes and textures as files beside it, recompiling to the same model."""

import ctypes
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.assets.png import png_bytes
from blueprint.contracts.document import write_atomically
from blueprint.contracts.errors import InputError, UnsafePathError
from blueprint.contracts.ids import slug

__all__ = ["save_mjcf"]

MESH_FOLDER = "meshes"
TEXTURE_FOLDER = "textures"


def save_mjcf(spec: mujoco.MjSpec, folder: Path) -> Path:
    """Write `folder/scene.xml`, `meshes/*.obj` and `textures/*.png`; return the XML file. The spec is not changed.

    Earlier files of the two sub-folders are removed, so that the folder holds this model only. The same spec gives the
    same bytes. Raises InputError where a mesh or texture has neither data nor a readable file.
    """
    saved = spec.copy()
    for sub in (MESH_FOLDER, TEXTURE_FOLDER):
        shutil.rmtree(folder / sub, ignore_errors=True)
    for mesh in saved.meshes:
        _externalise_mesh(spec, mesh, folder)
    for texture in saved.textures:
        _externalise_texture(spec, texture, folder)
    saved.modelfiledir = str(folder.resolve())  # where the files are read from; it is not written
    saved.meshdir, saved.texturedir = MESH_FOLDER, TEXTURE_FOLDER
    path = folder / "scene.xml"
    with _full_precision():
        saved.compile()
        write_atomically(path, saved.to_xml().encode())
    return path


@contextmanager
def _full_precision() -> Iterator[None]:
    """Let MuJoCo write 17 digits instead of 6: the certified poses are the delivered ones.

    The setting is exported by the C library only; a build without it writes 6 digits.
    """
    libraries = sorted(Path(mujoco.__file__).parent.glob("libmujoco*"))
    library = ctypes.CDLL(str(libraries[-1])) if libraries else None
    setter = getattr(library, "_mjPRIVATE__set_xml_precision", None)
    if setter is None:
        yield
        return
    before = int(library._mjPRIVATE__get_xml_precision())  # type: ignore[union-attr]
    setter(ctypes.c_int(17))
    try:
        yield
    finally:
        setter(ctypes.c_int(before))


def _externalise_mesh(spec: mujoco.MjSpec, mesh: mujoco.MjsMesh, folder: Path) -> None:
    if len(mesh.uservert):
        name = f"{slug(mesh.name)}.obj"
        vertices = np.asarray(mesh.uservert, np.float32).reshape(-1, 3)
        faces = np.asarray(mesh.userface, np.int64).reshape(-1, 3)
        normals = np.asarray(mesh.usernormal, np.float32).reshape(-1, 3)
        uvs = np.asarray(mesh.usertexcoord, np.float32).reshape(-1, 2)
        write_atomically(folder / MESH_FOLDER / name, _obj(vertices, faces, normals, uvs))
        mesh.uservert, mesh.userface = np.zeros(0, np.float32), np.zeros(0, np.int32)
        mesh.usernormal, mesh.usertexcoord = np.zeros(0, np.float32), np.zeros(0, np.float32)
        mesh.file, mesh.content_type = name, ""
    elif mesh.file:
        mesh.file = _copy(spec, mesh.file, spec.meshdir, mesh.name, folder / MESH_FOLDER)


def _externalise_texture(spec: mujoco.MjSpec, texture: mujoco.MjsTexture, folder: Path) -> None:
    if texture.builtin != mujoco.mjtBuiltin.mjBUILTIN_NONE:
        return
    if len(texture.data):
        name = f"{slug(texture.name)}.png"
        shape = (texture.height, texture.width, texture.nchannel)
        pixels = np.frombuffer(bytes(texture.data), np.uint8).reshape(shape)
        write_atomically(folder / TEXTURE_FOLDER / name, png_bytes(pixels.squeeze()))
        texture.data = b""
        texture.width = texture.height = 0
        texture.file, texture.content_type = name, ""
    elif texture.file:
        texture.file = _copy(spec, texture.file, spec.texturedir, texture.name, folder / TEXTURE_FOLDER)


def _copy(spec: mujoco.MjSpec, file: str, sub: str, name: str, folder: Path) -> str:
    """Copy a file that a spec refers to (held in memory, or on disk below the model's own folder)."""
    target = f"{slug(name or PurePosixPath(file).stem)}{PurePosixPath(file).suffix.lower()}"
    for key in (file, str(PurePosixPath(sub or ".") / file)):
        if key in spec.assets:
            data = spec.assets[key]
            write_atomically(folder / target, data.encode() if isinstance(data, str) else data)
            return target
    base = Path(spec.modelfiledir or ".").resolve()
    origin = (base / (sub or ".") / file).resolve()
    if not origin.is_relative_to(base):
        raise UnsafePathError(
            f"model file {file!r} lies outside of {base.name!r}.", remedy="keep a model in one folder."
        )
    try:
        data = origin.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot read model file {file!r}: {error.strerror or error}.", remedy="restore it."
        ) from error
    write_atomically(folder / target, data)
    return target


def _obj(
    vertices: NDArray[np.float32], faces: NDArray[np.int64], normals: NDArray[np.float32], uvs: NDArray[np.float32]
) -> bytes:
    """Return Wavefront text. Nine digits give back every float32; an OBJ's v axis points up, MuJoCo's down."""
    texcoords = np.column_stack([uvs[:, 0], 1 - uvs[:, 1].astype(float)])
    text = _rows("v %.9g %.9g %.9g\n", vertices) + _rows("vt %.9g %.9g\n", texcoords)
    text += _rows("vn %.9g %.9g %.9g\n", normals)
    template = {(False, False): "%d", (True, False): "%d/%d", (False, True): "%d//%d", (True, True): "%d/%d/%d"}
    corner = template[bool(len(uvs)), bool(len(normals))]
    line = f"f {corner} {corner} {corner}\n"
    return (text + _rows(line, np.repeat(faces + 1, corner.count("%d"), axis=1))).encode()


def _rows(line: str, values: NDArray[np.generic]) -> str:
    """Return the line once per row, filled in; in one operation, four times as fast as row by row."""
    return line * len(values) % tuple(values.ravel().tolist())

"""What a glTF file promises, checked before a parser believes it: its extensions, sizes, nodes and images."""

import base64
import binascii
import struct
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from blueprint.contracts.errors import ContractError, InputError
from blueprint.sources.imported.files import Foreign, parse_foreign
from blueprint.sources.imported.image_check import check_image

__all__ = ["check_gltf"]

MAX_ELEMENTS = 9_600_000  # over all accessors
_MAX_NODES = 20_000
_BYTES = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
_COLUMNS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_TRIANGLE_FAN = 6
# Each changes where triangles or texels are; what only changes the shading is left out with no harm.
_REMEDIES = {
    "KHR_draco_mesh_compression": "export it without Draco compression.",
    "EXT_meshopt_compression": "export it without meshopt compression.",
    "KHR_mesh_quantization": "export positions and texture coordinates as floats.",
    "EXT_mesh_gpu_instancing": "export every instance as a node.",
    "KHR_texture_transform": "bake the transform into the texture coordinates.",
    "KHR_texture_basisu": "export the textures as PNG or JPEG, not KTX2.",
    "EXT_texture_webp": "export the textures as PNG or JPEG, not WebP.",
    "MSFT_texture_dds": "export the textures as PNG or JPEG, not DDS.",
}
_Index = Annotated[int, Field(ge=0, le=10_000_000)]
_Size = Annotated[int, Field(ge=0, le=1 << 40)]
_Extensions = dict[str, object]


class _Extended(Foreign):
    extensions: _Extensions = {}


class _Sparse(Foreign):
    count: _Size


class _Accessor(Foreign):
    buffer_view: Annotated[_Index | None, Field(alias="bufferView")] = None
    byte_offset: Annotated[_Size, Field(alias="byteOffset")] = 0
    component: Annotated[Literal[5120, 5121, 5122, 5123, 5125, 5126], Field(alias="componentType")]
    kind: Annotated[Literal["SCALAR", "VEC2", "VEC3", "VEC4", "MAT2", "MAT3", "MAT4"], Field(alias="type")]
    count: _Size
    sparse: _Sparse | None = None


class _View(_Extended):
    buffer: _Index
    byte_offset: Annotated[_Size, Field(alias="byteOffset")] = 0
    byte_length: Annotated[_Size, Field(alias="byteLength")]
    byte_stride: Annotated[Annotated[int, Field(ge=4, le=252)] | None, Field(alias="byteStride")] = None


class _Buffer(_Extended):
    uri: str | None = None
    byte_length: Annotated[_Size, Field(alias="byteLength")]


class _Primitive(_Extended):
    attributes: dict[str, _Index]
    indices: _Index | None = None
    mode: int = 4


class _Mesh(Foreign):
    primitives: list[_Primitive]


class _Node(_Extended):
    children: list[_Index] = []


class _Image(Foreign):
    uri: str | None = None
    buffer_view: Annotated[_Index | None, Field(alias="bufferView")] = None
    mime: Annotated[str | None, Field(alias="mimeType")] = None


class _Texture(_Extended):
    source: _Index | None = None


class _TextureInfo(_Extended):
    index: _Index
    coordinates: Annotated[int, Field(alias="texCoord")] = 0


class _Roughness(Foreign):
    base_color: Annotated[_TextureInfo | None, Field(alias="baseColorTexture")] = None


class _Material(Foreign):
    roughness: Annotated[_Roughness, Field(alias="pbrMetallicRoughness")] = _Roughness()


class _Standard(Foreign):
    version: str


class Gltf(Foreign):
    """glTF 2.0 §3 and §5, as far as we read it."""

    asset: _Standard
    required: Annotated[list[str], Field(alias="extensionsRequired")] = []
    accessors: list[_Accessor] = []
    views: Annotated[list[_View], Field(alias="bufferViews")] = []
    buffers: list[_Buffer] = []
    meshes: list[_Mesh] = []
    nodes: Annotated[list[_Node], Field(max_length=_MAX_NODES)] = []
    images: list[_Image] = []
    textures: list[_Texture] = []
    materials: list[_Material] = []


def check_gltf(name: str, data: bytes, get: Callable[[str], bytes]) -> bool:
    """Return whether every mesh of a .gltf or .glb file has normals; `get` reads the files that it refers to.

    Raises InputError for a damaged file, for what it needs and we cannot give it (compression, KTX2 and WebP images,
    sparse accessors, other texture coordinates than the first), and for an image that is missing or damaged; and
    what `get` raises for one outside the folder.
    """
    text, chunk = _chunks(name, data)
    try:
        header = parse_foreign(Gltf, text, name)
    except ContractError as error:
        raise ContractError(str(error.args[0]), remedy="export it again as glTF 2.0.") from error
    if not header.asset.version.startswith("2."):
        raise InputError(f"{name} is glTF {header.asset.version[:20]!r}, not 2.0.", remedy="export it as glTF 2.0.")
    for extension in header.required:
        if not extension.startswith(("KHR_materials_", "KHR_lights_", "EXT_lights_")):
            raise _needs(name, extension)
    _check_accessors(name, header)
    _check_meshes(name, header)
    _check_nodes(name, header)
    buffers = [_buffer(name, k, item, chunk if k == 0 else b"", get) for k, item in enumerate(header.buffers)]
    for material in header.materials:
        if material.roughness.base_color is not None:
            _check_texture(name, header, material.roughness.base_color, buffers, get)
    shapes = [item.attributes for shape in header.meshes for item in shape.primitives]
    return bool(shapes) and all("NORMAL" in attributes for attributes in shapes)


def _chunks(name: str, data: bytes) -> tuple[bytes, bytes]:
    """The JSON and the binary chunk of a GLB (glTF 2.0 §4); a .gltf is JSON alone."""
    if data[:4] != b"glTF":
        if name.lower().endswith(".glb"):
            raise InputError(f"{name} does not begin as a GLB does.", remedy="export it again as binary glTF.")
        return data, b""
    if len(data) < 20 or struct.unpack_from("<I", data, 8)[0] > len(data):
        raise InputError(
            f"{name} is cut off: it has {len(data)} bytes, fewer than its header says.", remedy="copy it again."
        )
    size, kind = struct.unpack_from("<I4s", data, 12)
    if kind != b"JSON" or 20 + size > len(data):
        raise InputError(f"{name} has no JSON chunk first.", remedy="export it again as binary glTF.")
    rest = data[20 + size :]
    if len(rest) < 8:
        return data[20 : 20 + size], b""
    length, kind = struct.unpack_from("<I4s", rest)
    if kind != b"BIN\0" or 8 + length > len(rest):
        raise InputError(f"{name} has a binary chunk that is cut off.", remedy="copy it again.")
    return data[20 : 20 + size], rest[8 : 8 + length]


def _check_accessors(name: str, header: Gltf) -> None:
    if (total := sum(item.count for item in header.accessors)) > MAX_ELEMENTS:
        raise InputError(f"{name} announces {total} elements.", remedy="decimate the mesh.")
    for k, view in enumerate(header.views):
        for extension in view.extensions:
            raise _needs(name, extension)
        if view.buffer >= len(header.buffers):
            raise InputError(f"{name}: buffer view {k} is of buffer {view.buffer}, which it has not.")
        if view.byte_offset + view.byte_length > header.buffers[view.buffer].byte_length:
            raise InputError(f"{name}: buffer view {k} goes past the end of its buffer.", remedy="export it again.")
    for k, item in enumerate(header.accessors):
        if item.sparse is not None:
            raise InputError(f"{name}: accessor {k} is sparse, which is not read.", remedy="export plain accessors.")
        if item.buffer_view is None:
            continue
        if item.buffer_view >= len(header.views):
            raise InputError(f"{name}: accessor {k} is of buffer view {item.buffer_view}, which it has not.")
        view = header.views[item.buffer_view]
        size = _BYTES[item.component] * _COLUMNS[item.kind]
        end = item.byte_offset + (item.count - 1) * (view.byte_stride or size) + size if item.count else 0
        if end > view.byte_length:
            raise InputError(f"{name}: accessor {k} goes past the end of its buffer view.", remedy="export it again.")


def _check_meshes(name: str, header: Gltf) -> None:
    for shape in header.meshes:
        for item in shape.primitives:
            used = [*item.attributes.values(), *([] if item.indices is None else [item.indices])]
            for extension in item.extensions:
                if extension in _REMEDIES:
                    raise _needs(name, extension)
            if used and max(used) >= len(header.accessors):
                raise InputError(f"{name}: a mesh names accessor {max(used)}, of {len(header.accessors)}.")
            if item.mode == _TRIANGLE_FAN:
                raise InputError(f"{name} holds triangle fans, which are not read.", remedy="export plain triangles.")
            for number in used:
                if header.accessors[number].buffer_view is None and header.accessors[number].count:
                    raise InputError(f"{name}: accessor {number} of a mesh has no data.", remedy="export it again.")


def _check_nodes(name: str, header: Gltf) -> None:
    """Every node has one parent at most and none is its own ancestor (glTF 2.0 §3.5.2)."""
    parents: dict[int, int] = {}
    for k, node in enumerate(header.nodes):
        for extension in node.extensions:
            if extension in _REMEDIES:
                raise _needs(name, extension)
        for child in node.children:
            if child >= len(header.nodes) or child in parents:
                raise InputError(f"{name}: node {child} is missing, or has two parents.", remedy="export it again.")
            parents[child] = k
    for k in range(len(header.nodes)):
        above, steps = k, 0
        while above in parents:
            above, steps = parents[above], steps + 1
            if steps > len(header.nodes):
                raise InputError(f"{name}: node {k} is its own ancestor.", remedy="export it again.")


def _check_texture(
    name: str, header: Gltf, info: _TextureInfo, buffers: list[bytes], get: Callable[[str], bytes]
) -> None:
    for extension in info.extensions:
        if extension in _REMEDIES:
            raise _needs(name, extension)
    if info.coordinates != 0:
        raise InputError(
            f"{name} maps a texture by TEXCOORD_{info.coordinates}, not by the first.", remedy="export one UV map."
        )
    if info.index >= len(header.textures):
        raise InputError(f"{name}: a material names texture {info.index}, of {len(header.textures)}.")
    texture = header.textures[info.index]
    if texture.source is None:
        raise _needs(name, next(iter(texture.extensions), "an image source"))
    if texture.source >= len(header.images):
        raise InputError(f"{name}: a texture names image {texture.source}, of {len(header.images)}.")
    image = header.images[texture.source]
    for mime, extension in (("image/ktx2", "KHR_texture_basisu"), ("image/webp", "EXT_texture_webp")):
        if image.mime == mime:
            raise _needs(name, extension)
    label = f"image {texture.source} of {name}"
    if image.uri is not None:
        label = label if image.uri.startswith("data:") else f"{image.uri[:200]!r}, a texture of {name},"
        check_image(label, _read_uri(name, image.uri, get))
    elif image.buffer_view is not None and image.buffer_view < len(header.views):
        view = header.views[image.buffer_view]
        check_image(label, buffers[view.buffer][view.byte_offset : view.byte_offset + view.byte_length])
    else:
        raise InputError(f"{label} has no data.", remedy="export it again.")


def _buffer(name: str, number: int, item: _Buffer, chunk: bytes, get: Callable[[str], bytes]) -> bytes:
    data = chunk if item.uri is None else _read_uri(name, item.uri, get)
    if len(data) < item.byte_length:
        raise InputError(
            f"{name}: buffer {number} has {len(data)} bytes, its header says {item.byte_length}.",
            remedy="copy it again.",
        )
    return data


def _read_uri(name: str, uri: str, get: Callable[[str], bytes]) -> bytes:
    if not uri.startswith("data:"):
        return get(uri)
    _, found, text = uri.partition("base64,")
    if not found:
        raise InputError(f"{name} has a data URI that is not base64.", remedy="export it again.")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"{name} has a damaged data URI: {error}.", remedy="export it again.") from error


def _needs(name: str, extension: str) -> InputError:
    remedy = _REMEDIES.get(extension, "export plain glTF 2.0.")
    return InputError(f"{name} needs {extension[:100]}, which is not read.", remedy=remedy)

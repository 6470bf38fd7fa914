"""The GLB file for viewers, read back by another library, and textures compressed once."""

import io
import json
import struct

import numpy as np
import trimesh

from blueprint.assets.glb import glb_bytes
from blueprint.assets.png import png_bytes
from blueprint.assets.registry import AssetRequest, generate


def test_another_reader_finds_the_meshes_the_colours_and_the_textures_of_the_asset() -> None:
    asset = generate(AssetRequest("mug", 5, color="red"))
    scene = trimesh.load_scene(io.BytesIO(glb_bytes(asset)), file_type="glb")
    assert set(scene.geometry) == set(asset.meshes)
    surfaces = {item.name: item for item in asset.model.materials}
    for link in asset.model.links:
        for visual in link.visuals:
            part, mesh, surface = scene.geometry[visual.mesh], asset.meshes[visual.mesh], surfaces[visual.material]
            np.testing.assert_allclose(part.vertices, mesh.vertices, atol=1e-6)
            np.testing.assert_array_equal(part.faces, mesh.faces)
            np.testing.assert_allclose(part.visual.uv, mesh.uvs, atol=1e-6)
            material = part.visual.material
            if surface.texture:
                pixels = np.asarray(material.baseColorTexture.convert("RGB"))
                np.testing.assert_array_equal(pixels, asset.textures[surface.texture])
            else:
                np.testing.assert_allclose(material.baseColorFactor[:3] / 255, surface.base_color, atol=1 / 255)


def test_the_closed_drawers_of_a_cabinet_stand_where_their_links_do() -> None:
    asset = generate(AssetRequest("chest_of_drawers", 1))
    scene = trimesh.load_scene(io.BytesIO(glb_bytes(asset)), file_type="glb")
    width, depth, height = asset.model.size_m
    np.testing.assert_allclose(np.ptp(scene.bounds, axis=0), (width, height, depth), atol=0.02)  # Y-up


def test_chunks_and_views_are_aligned_and_the_header_tells_the_length() -> None:
    data = glb_bytes(generate(AssetRequest("mug", 5)))
    magic, version, length, size, kind = struct.unpack_from("<4sIII4s", data)
    assert (magic, version, length, kind, size % 4) == (b"glTF", 2, len(data), b"JSON", 0)
    document = json.loads(data[20 : 20 + size])
    assert all(view["byteOffset"] % 4 == 0 for view in document["bufferViews"])
    ends = [view["byteOffset"] + view["byteLength"] for view in document["bufferViews"]]
    assert max(ends) <= document["buffers"][0]["byteLength"] == len(data) - 28 - size


def test_pixels_of_another_shape_are_another_picture() -> None:
    pixels = np.arange(48, dtype=np.uint8)
    wide, high = png_bytes(pixels.reshape(2, 8, 3)), png_bytes(pixels.reshape(8, 2, 3))
    assert wide != high
    assert png_bytes(pixels.reshape(2, 8, 3).copy()) == wide

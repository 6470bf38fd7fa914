"""MuJoCo's physically based Filament renderer on a software Vulkan driver: the quality option, about 4 × slower."""

import collections.abc
import contextlib
import functools
import os
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import mujoco
import numpy as np
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError, MissingDependencyError
from blueprint.sim.gl import DEBIAN_PACKAGES
from blueprint.sim.renderer import Camera, box_average, camera_of, visible_geoms

__all__ = ["FilamentRenderer"]

_MAX_GEOMS = 20_000


class FilamentRenderer:
    """Draws states of one model with image-based light, soft shadows and ambient occlusion."""

    kind = "filament"

    def __init__(self, model: mujoco.MjModel, width: int, height: int, supersample: int = 1) -> None:
        self.width, self.height = width, height
        self._model, self._factor = model, supersample
        rendering, context = _filament()
        mjrf = rendering.mjrf
        self.driver = "Filament on Vulkan"
        self._view = rendering.View
        self._renderer = rendering.Renderer(context)
        scene = self._renderer.scene("scene")
        self._resources = mjrf.ModelResources(context, model)
        scene.configure_from_model(model)
        self._lights = mjrf.ModelLights(scene, self._resources)
        self._renderables = mjrf.ModelRenderables(scene, self._resources)
        self._options = visible_geoms()
        self._renderables.set_options(self._options)
        self._pixels: NDArray[np.uint8] = np.zeros((height * supersample, width * supersample, 3), np.uint8)
        self._renderer.target("target", self._pixels)
        self._scene = mujoco.MjvScene(model, _MAX_GEOMS)

    def render(self, data: mujoco.MjData, camera: Camera) -> NDArray[np.uint8]:
        """See `Renderer.render`."""
        view = camera_of(self._model, camera)
        everything = mujoco.mjtCatBit.mjCAT_ALL.value
        mujoco.mjv_updateScene(self._model, data, self._options, None, view, everything, self._scene)
        self._lights.update(data)
        self._renderables.update(data)
        self._renderer.render([self._view("scene", "target", camera=self._scene.camera[0])])
        return box_average(self._pixels, self._factor)

    def depth(self, data: mujoco.MjData, camera: Camera) -> NDArray[np.float32]:
        raise _no_other_pictures("depth")

    def segmentation(self, data: mujoco.MjData, camera: Camera) -> NDArray[np.int32]:
        raise _no_other_pictures("segmentation")

    def close(self) -> None:
        self._renderables = self._lights = self._resources = self._renderer = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _no_other_pictures(kind: str) -> InputError:
    return InputError(f"the Filament renderer draws no {kind}.", remedy="choose --renderer egl or osmesa for it.")


@functools.cache
def _filament() -> tuple[Any, Any]:
    """Return MuJoCo's wrapper module and the process's one engine; raises MissingDependencyError."""
    if not hasattr(collections.abc, "Buffer"):
        # The wrapper's annotations name a class of Python 3.12; NumPy arrays are what it is given here.
        collections.abc.Buffer = np.ndarray  # type: ignore[attr-defined]
    try:
        from mujoco import mjrf
        from mujoco.rendering.filament import renderer as rendering
        from mujoco.studio import _studio  # noqa: F401  (registers the materials)

        config = mjrf.ContextConfig()
        config.graphics_api = mjrf.GraphicsApi.GRAPHICS_API_VULKAN
        config.software_rendering = True
        with _stdout_to_stderr():
            return rendering, mjrf.Context(config)
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        raise MissingDependencyError(
            f"the Filament renderer is not available: {error}.",
            remedy=f"apt-get install {' '.join(DEBIAN_PACKAGES['filament'])}, or choose --renderer egl.",
        ) from error


@contextlib.contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """The engine greets on the C stdout, which belongs to `--json`."""
    sys.stdout.flush()
    saved = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(saved, 1)
        os.close(saved)

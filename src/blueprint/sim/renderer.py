"""Pictures of a MuJoCo state: RGB, metric depth and geom ids, drawn without a display.

Classic OpenGL with a 1024² shadow map and no multisampling, drawn `supersample` times larger and averaged down: on a
software rasteriser that is cheaper and smoother than multisampling. Collision geoms (group 3) and sites are not drawn.
"""

import atexit
import ctypes
import functools
import importlib
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias

import mujoco
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from blueprint.contracts.errors import InputError, MissingDependencyError
from blueprint.sim.gl import DEBIAN_PACKAGES, activate_gl, choose_gl

__all__ = ["Camera", "ClassicRenderer", "Renderer", "open_renderer"]

Camera: TypeAlias = int | str | mujoco.MjvCamera
Image = NDArray[np.uint8]

SHADOW_MAP_PX = 1024
COLLIDER_GROUP = 3
_MAX_GEOMS = 20_000
_MAX_SIDE_PX = 4096


class Renderer(Protocol):
    """Draws states of one model. `kind` is egl, osmesa or filament, `driver` the name that the driver gives itself."""

    kind: str
    driver: str
    width: int
    height: int

    def render(self, data: mujoco.MjData, camera: Camera) -> Image:
        """Return the RGB picture (height, width, 3) of a camera (name, id, free camera, or -1 for an overview)."""
        ...

    def depth(self, data: mujoco.MjData, camera: Camera) -> NDArray[np.float32]:
        """Return the distance along the camera's axis (height, width) in m; inf for the sky."""
        ...

    def segmentation(self, data: mujoco.MjData, camera: Camera) -> NDArray[np.int32]:
        """Return the geom id of every pixel (height, width), -1 for the sky."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_renderer(
    model: mujoco.MjModel,
    kind: str = "auto",
    width: int = 320,
    height: int = 240,
    *,
    supersample: int = 2,
    shadow_px: int = SHADOW_MAP_PX,
) -> Renderer:
    """Return a renderer for `model`; use it as a context manager, in the thread that opened it.

    `kind`: auto (EGL, else OSMesa), egl, osmesa, or filament (physically based, about four times slower).
    `shadow_px` is the side of the shadow map (OpenGL only); 2048 costs 3 ms a picture more than 1024.
    Raises MissingDependencyError that names the packages, InputError for an unknown kind or an unusable size.
    """
    if not (1 <= width * supersample <= _MAX_SIDE_PX and 1 <= height * supersample <= _MAX_SIDE_PX):
        raise InputError(
            f"cannot draw {width}×{height} px at supersample {supersample}.",
            remedy=f"keep sides × supersample within 1 to {_MAX_SIDE_PX}.",
        )
    chosen = choose_gl() if kind == "auto" else kind
    activate_gl(chosen)
    if chosen == "filament":
        from blueprint.sim.filament import FilamentRenderer

        return FilamentRenderer(model, width, height, supersample)
    return ClassicRenderer(model, chosen, width, height, supersample, shadow_px)


class ClassicRenderer:
    """MuJoCo's OpenGL renderer on one shared context per process, with its buffers reused between pictures."""

    def __init__(
        self,
        model: mujoco.MjModel,
        kind: str,
        width: int,
        height: int,
        supersample: int = 2,
        shadow_px: int = SHADOW_MAP_PX,
    ) -> None:
        self.kind, self.width, self.height = kind, width, height
        self._model = model
        self._factor = supersample
        context = _gl_context(kind)
        context.make_current()
        self._gl = context
        self.driver = _driver_name()
        self._resources = _upload(model, width * supersample, height * supersample, shadow_px)
        self._scene = mujoco.MjvScene(model, _MAX_GEOMS)
        self._options = visible_geoms()
        self._rect = mujoco.MjrRect(0, 0, width * supersample, height * supersample)
        self._pixels: Image = np.empty((height * supersample, width * supersample, 3), np.uint8)

    def render(self, data: mujoco.MjData, camera: Camera) -> Image:
        self._draw(data, camera)
        mujoco.mjr_readPixels(self._pixels, None, self._rect, self._resources)
        return box_average(np.ascontiguousarray(self._pixels[::-1]), self._factor)  # OpenGL's first row is the bottom

    def depth(self, data: mujoco.MjData, camera: Camera) -> NDArray[np.float32]:
        """Return the distance along the camera's axis (height, width) in m, sampled, not averaged; inf for the sky."""
        self._draw(data, camera, segments=True)
        buffer = np.empty(self._pixels.shape[:2], np.float32)
        mujoco.mjr_readPixels(None, buffer, self._rect, self._resources)
        extent = float(self._model.stat.extent)
        near, far = self._model.vis.map.znear * extent, self._model.vis.map.zfar * extent
        window = buffer[:: -self._factor, :: self._factor].astype(np.float64)
        # Inverse of the OpenGL projection with depth mapped so that 0 is near and 1 is far.
        distance = near * far / (far - window * (far - near))
        return np.where(window >= 1.0, np.inf, distance).astype(np.float32)

    def segmentation(self, data: mujoco.MjData, camera: Camera) -> NDArray[np.int32]:
        """Return the geom id of every pixel (height, width), -1 for the sky; sampled, not averaged."""
        self._draw(data, camera, segments=True)
        mujoco.mjr_readPixels(self._pixels, None, self._rect, self._resources)
        colours = self._pixels[:: -self._factor, :: self._factor].astype(np.int32)
        segments = colours[..., 0] + (colours[..., 1] << 8) + (colours[..., 2] << 16)
        geom_of_segment = np.full(self._scene.ngeom + 1, -1, np.int32)
        for item in self._scene.geoms[: self._scene.ngeom]:
            if item.segid >= 0 and item.objtype == mujoco.mjtObj.mjOBJ_GEOM:
                geom_of_segment[item.segid + 1] = item.objid
        return geom_of_segment[segments]

    def close(self) -> None:
        if self._resources is not None:
            self._gl.make_current()
            self._resources.free()
            self._resources = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _draw(self, data: mujoco.MjData, camera: Camera, segments: bool = False) -> None:
        if self._resources is None:
            raise InputError("this renderer is closed.", remedy="open another with open_renderer.")
        self._gl.make_current()
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self._resources)  # another may be open
        flags = self._scene.flags
        flags[mujoco.mjtRndFlag.mjRND_SEGMENT] = flags[mujoco.mjtRndFlag.mjRND_IDCOLOR] = segments
        view = camera_of(self._model, camera)
        everything = mujoco.mjtCatBit.mjCAT_ALL.value
        mujoco.mjv_updateScene(self._model, data, self._options, None, view, everything, self._scene)
        mujoco.mjr_render(self._rect, self._scene, self._resources)


def camera_of(model: mujoco.MjModel, camera: Camera) -> mujoco.MjvCamera:
    """Return the abstract camera for a name, an id or -1; raises InputError that lists the names for an unknown one."""
    if isinstance(camera, mujoco.MjvCamera):
        return camera
    names = [model.camera(index).name for index in range(model.ncam)]
    if isinstance(camera, str):
        if camera not in names:
            raise InputError(f"no camera {camera!r}; there are {names}.", remedy="choose one of these.")
        camera = names.index(camera)
    if not -1 <= camera < model.ncam:
        raise InputError(f"no camera {camera}; there are {model.ncam}.", remedy="choose 0 to n - 1, or -1.")
    view = mujoco.MjvCamera()
    if camera < 0:
        mujoco.mjv_defaultFreeCamera(model, view)
    else:
        view.type = mujoco.mjtCamera.mjCAMERA_FIXED
        view.fixedcamid = camera
    return view


def visible_geoms() -> mujoco.MjvOption:
    """Return display options that show visual geoms alone: no colliders, sites, joints or tendons."""
    options = mujoco.MjvOption()
    options.geomgroup[COLLIDER_GROUP:] = 0
    options.sitegroup[:] = 0
    options.jointgroup[:] = 0
    options.tendongroup[:] = 0
    options.actuatorgroup[:] = 0
    return options


def box_average(pixels: Image, factor: int) -> Image:
    """Average `factor` × `factor` blocks of (height·f, width·f, 3) contiguous pixels, rounding half up."""
    if factor == 1:
        return pixels.copy()
    # Pillow averages in C: 1.0 ms for 640×480 against 1.7 ms with NumPy, to the same bits.
    return np.asarray(PIL.Image.fromarray(pixels).reduce(factor))


@functools.cache
def _gl_context(kind: str) -> Any:
    """Return the process's one context; MuJoCo draws into framebuffers of its own, so the context's size is free."""
    try:
        context = importlib.import_module(f"mujoco.{kind}").GLContext(64, 64)
    except (ImportError, OSError, AttributeError, RuntimeError, ctypes.ArgumentError) as error:
        raise MissingDependencyError(
            f"{kind} rendering is not available: {error}.",
            remedy=f"apt-get install {' '.join(DEBIAN_PACKAGES[kind])}",
        ) from error
    atexit.register(context.free)  # while PyOpenGL still works: its destructor complains at interpreter exit
    return context


def _driver_name() -> str:
    from OpenGL import GL

    return GL.glGetString(GL.GL_RENDERER).decode(errors="replace")


def _upload(model: mujoco.MjModel, width: int, height: int, shadow_px: int) -> Any:
    """Upload the model's meshes and textures; the model's own quality settings are left as they were."""
    quality, screen = model.vis.quality, model.vis.global_
    saved = quality.shadowsize, quality.offsamples, screen.offwidth, screen.offheight
    quality.shadowsize, quality.offsamples, screen.offwidth, screen.offheight = shadow_px, 0, width, height
    try:
        resources = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
    finally:
        quality.shadowsize, quality.offsamples, screen.offwidth, screen.offheight = saved
    mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, resources)
    resources.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZERONEAR
    return resources

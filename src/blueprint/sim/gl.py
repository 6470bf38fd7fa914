"""Which OpenGL implementation draws without a display: EGL first, OSMesa next. Imports nothing heavy.

Mesa's software rasteriser scales better with one process per core than with threads of its own (1.86 × against 1.35 ×
on two cores, measured), so `LP_NUM_THREADS` is 0 unless the user set it.
"""

import functools
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import Literal

from blueprint.contracts.errors import InputError, MissingDependencyError

__all__ = ["DEBIAN_PACKAGES", "KINDS", "GlKind", "GlProbe", "activate_gl", "choose_gl", "probe_gl", "require_gl"]

GlKind = Literal["egl", "osmesa", "filament"]
KINDS: tuple[GlKind, ...] = ("egl", "osmesa", "filament")

# What to install on Debian and Ubuntu for each kind.
DEBIAN_PACKAGES: dict[str, tuple[str, ...]] = {
    "egl": ("libegl1", "libopengl0", "libgl1-mesa-dri"),
    "osmesa": ("libosmesa6",),
    "filament": ("libvulkan1", "mesa-vulkan-drivers"),
}

_PROBE_TIMEOUT_S = 60


@dataclass(frozen=True)
class GlProbe:
    """Whether a kind of renderer works on this machine: `detail` is the driver's name or the reason why not."""

    kind: str
    works: bool
    detail: str
    packages: tuple[str, ...]


def activate_gl(kind: str) -> None:
    """Set the process's environment for `kind`; call before its first rendering context. Other kinds need another
    process, because PyOpenGL binds one platform when it is imported.

    Raises InputError for an unknown kind, or when this process already draws with the other one.
    """
    if kind not in KINDS:
        raise InputError(f"no renderer {kind!r}; there are auto, {', '.join(KINDS)}.", remedy="choose --renderer auto.")
    os.environ.setdefault("LP_NUM_THREADS", "0")
    if kind == "filament":
        return
    bound = os.environ.get("PYOPENGL_PLATFORM", kind)
    if "OpenGL" in sys.modules and bound != kind:
        raise InputError(f"this process draws with {bound}, it cannot change to {kind}.", remedy="start another.")
    os.environ["PYOPENGL_PLATFORM"] = kind
    os.environ["MUJOCO_GL"] = kind


@functools.cache
def choose_gl() -> GlKind:
    """Return the kind for `auto`: what MUJOCO_GL names, else the first of EGL and OSMesa that draws a picture.

    Raises MissingDependencyError that names the packages when neither does.
    """
    named = os.environ.get("MUJOCO_GL", "").lower()
    if named in ("egl", "osmesa"):
        return "egl" if named == "egl" else "osmesa"
    failures = []
    for kind in ("egl", "osmesa"):
        probe = probe_gl(kind)
        if probe.works:
            return "egl" if kind == "egl" else "osmesa"
        failures.append(f"{kind}: {probe.detail}")
    packages = [" ".join(DEBIAN_PACKAGES[kind]) for kind in ("egl", "osmesa")]
    raise MissingDependencyError(
        f"no OpenGL that draws without a display ({'; '.join(failures)}).",
        remedy=f"apt-get install {packages[0]} (or {packages[1]}).",
    )


def require_gl(kind: str) -> None:
    """Raise MissingDependencyError that names the packages unless `kind` draws a picture here."""
    probe = probe_gl(kind)
    if not probe.works:
        raise MissingDependencyError(
            f"the renderer {kind} does not draw: {probe.detail}.",
            remedy=f"apt-get install {' '.join(probe.packages)}, or --renderer auto.",
        )


@functools.cache
def probe_gl(kind: str) -> GlProbe:
    """Draw one small picture with `kind` in a process of its own, so that a crashing driver does no harm here."""
    packages = DEBIAN_PACKAGES.get(kind, ())
    environment = {name: value for name, value in os.environ.items() if name not in ("MUJOCO_GL", "PYOPENGL_PLATFORM")}
    if kind != "filament":
        environment["MUJOCO_GL"] = kind  # MuJoCo's import tries a window library where nothing is named
    try:
        done = subprocess.run(
            [sys.executable, "-m", "blueprint.sim.gl", kind],
            capture_output=True,
            text=True,
            timeout=_PROBE_TIMEOUT_S,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return GlProbe(kind, False, f"no picture within {_PROBE_TIMEOUT_S} s", packages)
    if done.returncode != 0:
        lines = (done.stderr or "").strip().splitlines() or [f"the process ended with {done.returncode}"]
        reason = lines[-1].removeprefix(f"{MissingDependencyError.__module__}.{MissingDependencyError.__name__}: ")
        return GlProbe(kind, False, reason.partition(" Remedy: ")[0][:300], packages)
    answers = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return GlProbe(kind, True, json.loads(answers[0])["detail"], packages)


def _draw_once(kind: str) -> GlProbe:
    import mujoco

    from blueprint.sim.renderer import open_renderer

    model = mujoco.MjModel.from_xml_string(
        "<mujoco><worldbody><light pos='0 0 2'/><geom type='sphere' size='1' rgba='1 0 0 1'/></worldbody></mujoco>"
    )
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    with open_renderer(model, kind, 64, 48) as renderer:
        started = time.perf_counter()
        picture = renderer.render(data, -1)
        detail = f"{renderer.driver}, {1e3 * (time.perf_counter() - started):.0f} ms for the first 64×48 picture"
    if int(picture.max()) == int(picture.min()):
        raise MissingDependencyError(f"{kind} drew an empty picture.")
    return GlProbe(kind, True, detail, DEBIAN_PACKAGES.get(kind, ()))


if __name__ == "__main__":
    print(json.dumps(asdict(_draw_once(sys.argv[1]))))

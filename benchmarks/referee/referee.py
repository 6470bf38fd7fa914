"""Does an independent loader read our USD as our own does? Newton against blueprint.mjcf, fact by fact.

    python benchmarks/referee/referee.py SCENE.usda [--environment DIR] [--python NEWTON_PYTHON]

Without `--python` an environment with Newton is made in DIR (about 1 GB). Exits 1 where a fact differs.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np

from blueprint.mjcf.usd_loader import load_usd

REQUIREMENTS = ("newton==1.8.0", "newton-usd-schemas", "mujoco~=3.17.0", "usd-core", "trimesh", "scipy")
_DUMP = Path(__file__).with_name("newton_dump.py")


@dataclass(frozen=True)
class Row:
    """One compared fact of one body or joint: the largest difference and what is allowed."""

    subject: str
    fact: str
    ours: str
    theirs: str
    difference: float
    allowed: float

    @property
    def agrees(self) -> bool:
        return self.difference <= self.allowed


def make_environment(folder: Path) -> Path:
    """Create a virtual environment with Newton in `folder` and return its Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *REQUIREMENTS], check=True)
    return python


def newton_facts(stage: Path, python: Path) -> dict:
    """Return what Newton understood of a stage (see newton_dump.py)."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "facts.json"
        done = subprocess.run([python, _DUMP, stage, target], capture_output=True, text=True, check=False)
        if not target.is_file():
            raise RuntimeError(f"Newton could not load {stage}: {done.stderr[-1000:]}")
        return json.loads(target.read_text())


def compare(stage: Path, python: Path) -> list[Row]:
    """Return every compared fact: mass, centre of mass, inertia, friction, extents, joint type and limits."""
    facts = newton_facts(stage, python)
    model = load_usd(stage).compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    names = {model.body(index).name for index in range(model.nbody)}
    rows = [_count("bodies", model.nbody - 1 - _fixed(model), len(facts["bodies"]))]
    for path, theirs in sorted(facts["bodies"].items()):
        name = _our_name(path, names)
        body = model.body(name)
        rotation = _matrix(body.iquat)
        inertia = rotation @ np.diag(body.inertia) @ rotation.T
        rows.append(_row(name, "mass kg", body.mass[0], theirs["mass"], 1e-6 * theirs["mass"]))
        rows.append(_row(name, "centre of mass m", body.ipos, theirs["center"], 1e-6))
        rows.append(_row(name, "inertia kg m2", inertia, theirs["inertia"], 1e-5 * float(np.max(theirs["inertia"]))))
        rows.append(_row(name, "position m", data.body(name).xpos, theirs["position"], 1e-6))
        shapes = [shape for shape in facts["shapes"].values() if shape["body"] == path and shape["collides"]]
        geoms = [i for i in range(model.ngeom) if model.geom_bodyid[i] == body.id and model.geom_contype[i]]
        rows.append(_count(f"{name} colliders", len(geoms), len(shapes)))
        if geoms and len(geoms) == len(shapes):
            frictions = sorted(model.geom_friction[geoms, 0]), sorted(shape["friction"] for shape in shapes)
            rows.append(_row(name, "friction", *frictions, 1e-6))
            rows.append(_row(name, "extents m", _our_extents(model, geoms), _their_extents(shapes), 1e-5))
    rows += _joint_rows(model, facts["joints"])
    return rows


def _joint_rows(model: mujoco.MjModel, joints: dict) -> list[Row]:
    kinds = {"REVOLUTE": mujoco.mjtJoint.mjJNT_HINGE, "PRISMATIC": mujoco.mjtJoint.mjJNT_SLIDE}
    free = sum(joint["type"] == "FREE" for joint in joints.values())
    rows = [_count("free joints", int((model.jnt_type == mujoco.mjtJoint.mjJNT_FREE).sum()), free)]
    for path, theirs in sorted(joints.items()):
        if theirs["type"] not in kinds:
            continue
        parts = path.split("/")
        name = f"{parts[3]}/{parts[-1]}"
        joint = model.joint(name)
        rows.append(_row(name, f"type {theirs['type']}", joint.type[0], int(kinds[theirs["type"]]), 0))
        rows.append(_row(name, "limits rad or m", joint.range, theirs["limits"], 1e-6))
    return rows


def _fixed(model: mujoco.MjModel) -> int:
    """Architecture is a body of our model without joints; for Newton its shapes are the world's."""
    return sum(model.body_weldid[index] == 0 and model.body_parentid[index] == 0 for index in range(1, model.nbody))


def _our_name(path: str, names: set[str]) -> str:
    inner = path.split("/")[3:]
    full = "/".join(inner)
    return full if full in names else inner[0]


def _our_extents(model: mujoco.MjModel, geoms: list[int]) -> np.ndarray:
    points = []
    for index in geoms:
        if model.geom_type[index] == mujoco.mjtGeom.mjGEOM_MESH:
            mesh = model.geom_dataid[index]
            start = model.mesh_vertadr[mesh]
            local = model.mesh_vert[start : start + model.mesh_vertnum[mesh]].astype(float)
        else:
            kind = mujoco.mjtGeom(model.geom_type[index]).name.removeprefix("mjGEOM_")
            local = _corners(kind, model.geom_size[index])
        points.append(local @ _matrix(model.geom_quat[index]).T + model.geom_pos[index])
    stacked = np.vstack(points)
    return np.array([stacked.min(axis=0), stacked.max(axis=0)])


def _their_extents(shapes: list[dict]) -> np.ndarray:
    points = []
    for shape in shapes:
        local = (
            np.array(shape["points"]) * shape["scale"] if shape["points"] else _corners(shape["type"], shape["scale"])
        )
        x, y, z, qx, qy, qz, qw = shape["transform"]
        points.append(local @ _matrix(np.array([qw, qx, qy, qz])).T + (x, y, z))
    stacked = np.vstack(points)
    return np.array([stacked.min(axis=0), stacked.max(axis=0)])


def _corners(kind: str, size: "np.ndarray | list[float]") -> np.ndarray:
    half = {
        "BOX": lambda: size[:3],
        "SPHERE": lambda: (size[0],) * 3,
        "CYLINDER": lambda: (size[0], size[0], size[1]),
        "CAPSULE": lambda: (size[0], size[0], size[0] + size[1]),
    }[kind]()
    return np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, 8).T * np.asarray(half, float)


def _matrix(quat_wxyz: np.ndarray) -> np.ndarray:
    flat = np.zeros(9)
    mujoco.mju_quat2Mat(flat, np.asarray(quat_wxyz, float))
    return flat.reshape(3, 3)


def _row(subject: str, fact: str, ours: object, theirs: object, allowed: float) -> Row:
    a, b = np.asarray(ours, float), np.asarray(theirs, float)
    difference = float(np.abs(a - b).max()) if a.shape == b.shape else float("inf")
    return Row(subject, fact, _text(a), _text(b), difference, allowed)


def _count(subject: str, ours: int, theirs: int) -> Row:
    return Row(subject, "count", str(ours), str(theirs), float(abs(ours - theirs)), 0.0)


def _text(values: np.ndarray) -> str:
    return " ".join(f"{value:.5g}" for value in values.reshape(-1)[:6])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", type=Path)
    parser.add_argument("--environment", type=Path, default=Path(tempfile.gettempdir()) / "blueprint-referee")
    parser.add_argument("--python", type=Path)
    arguments = parser.parse_args()
    rows = compare(arguments.stage, arguments.python or make_environment(arguments.environment))
    for row in rows:
        mark = "agrees" if row.agrees else "DIFFERS"
        print(f"{mark:8s}{row.subject:40s}{row.fact:20s}{row.difference:10.2g}  ours {row.ours}  newton {row.theirs}")
    differing = sum(not row.agrees for row in rows)
    print(f"{len(rows)} facts, {differing} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())

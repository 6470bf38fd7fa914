"""How do I load a certified USD scene into MuJoCo and step it?  python examples/step_in_mujoco.py SCENE_DIR"""

import sys
from pathlib import Path

import mujoco

from blueprint.mjcf.usd_loader import load_usd

model = load_usd(Path(sys.argv[1]) / "usd" / "scene.usda").compile()
data = mujoco.MjData(model)
while data.time < 1.0:
    mujoco.mj_step(model, data)
for joint in range(model.njnt):
    if model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_FREE:
        start = model.jnt_qposadr[joint]
        x, y, z = data.qpos[start : start + 3]
        print(f"{model.joint(joint).name}: after {data.time:.1f} s at x {x:.3f} m, y {y:.3f} m, z {z:.3f} m")

"""How do I make a scene from a sentence, and what was measured on it?  python examples/make_scene.py [ROOT]"""

import sys
from pathlib import Path

from blueprint.contracts.certificate import PhysicsCertificate
from blueprint.pipeline.entry import run_pipeline
from blueprint.pipeline.settings import RunSettings
from blueprint.storage import layout

root = sys.argv[1] if len(sys.argv) > 1 else "runs"
settings = RunSettings(robot="primitive_arm", seed=7)
result = run_pipeline("a table with a wooden block", root, "example", settings, to_stage="usd", resume=True)
certificate = PhysicsCertificate.read(Path(result.scene_dir) / layout.PHYSICS_CERTIFICATE)
print(f"{result.scene_dir}: {'passed' if certificate.passed else certificate.problems}")
for item in certificate.objects:
    if not item.fixed:
        depth_mm, drift_mm = item.initial_penetration_m * 1000, item.drift_m * 1000
        print(f"{item.object_id}: {item.mass_kg} kg, {depth_mm:.3f} mm deep, moved {drift_mm:.3f} mm in 5 s")

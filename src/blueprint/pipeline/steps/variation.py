"""Stages replicator and variation: where things may go, how they may vary, and variations that hold in physics."""

from collections.abc import Callable
from pathlib import Path

from blueprint.certify.penetration import deepest_contacts
from blueprint.certify.settle import simulate
from blueprint.contracts.certificate import Thresholds
from blueprint.contracts.errors import StageError
from blueprint.contracts.quality_gate import GateCheck
from blueprint.contracts.scene import Scene, load_scene
from blueprint.contracts.variation import Variation, VariationSpace
from blueprint.mjcf.usd_loader import load_usd
from blueprint.pipeline.stage import Outcome, StageContext
from blueprint.randomize import (
    apply_variation,
    nominal_variation,
    sample_certified,
    write_instances,
    write_replicator,
)
from blueprint.storage import layout

__all__ = ["make_regions", "refusal_of", "sample_variations"]

_SETTLE_S = 1.0


def make_regions(context: StageContext) -> Outcome:
    """Regions, affordances and the variation space of the scene."""
    policies = write_replicator(load_scene(context.scene_dir), context.scene_dir)
    context.progress(1, 1)
    return Outcome({"status": "completed", "policies": policies, "affordance_graph": layout.AFFORDANCE_GRAPH})


def sample_variations(context: StageContext) -> Outcome:
    """The nominal scene and as many certified variations as are asked for; a space too tight fails the gate."""
    scene = load_scene(context.scene_dir)
    space = VariationSpace.read(context.scene_dir / layout.VARIATION_SPACE)
    wanted = context.settings.variations
    refuse = refusal_of(scene, context.scene_dir)
    kept: list[Variation] = [nominal_variation(scene)]
    for number in range(wanted):
        context.progress(number, wanted)
        sampled = sample_certified(scene, space, context.settings.seed, f"v{number:03d}", certify=refuse)
        if sampled is not None:
            kept.append(sampled)
    files = []
    for variation in kept:
        files.append(context.scene_dir / layout.variation(variation.variation_id))
        variation.write(files[-1])
    missing = wanted + 1 - len(kept)
    checks = [
        GateCheck(
            name="certified",
            passed=missing == 0,
            severity="WARNING" if len(kept) > 1 else "ERROR",
            message=f"{len(kept) - 1} of {wanted} variations hold in physics",
            measured=len(kept) - 1,
            limit=wanted,
        )
    ]
    context.judge("variations_certified", "variation_gen_complete", files, checks)
    context.progress(wanted, wanted, f"{len(kept) - 1} certified")
    return Outcome({"variations": [item.variation_id for item in kept]})


def refusal_of(scene: Scene, scene_dir: Path) -> Callable[[Variation], str | None]:
    """Return the judge of variations: None if it holds, else why it does not. Parses the stage once.

    The assets that a variation puts in the place of others are authored first.
    """
    base = load_usd(scene_dir / layout.USD_SCENE)
    limits = Thresholds()

    def judge(variation: Variation) -> str | None:
        write_instances(scene, scene_dir, variation)
        spec = base.copy()
        apply_variation(spec, scene_dir, variation)
        model = spec.compile()
        import mujoco

        for name, contact in deepest_contacts(model, mujoco.MjData(model)).items():
            if contact.depth_m > limits.penetration_m:
                return f"{name} is {contact.depth_m * 1000:.1f} mm inside {contact.partner}"
        try:
            rest = simulate(model, _SETTLE_S)
        except StageError as error:
            return str(error)
        for name, motion in rest.motions.items():
            if motion.drift_m > limits.drift_m or motion.rotation_rad > limits.rotation_rad:
                return f"{name} moved {motion.drift_m * 1000:.1f} mm, {motion.rotation_rad:.3f} rad in {_SETTLE_S:g} s"
        return None

    return judge

"""A loose mesh → an asset with colliders, mass, places to stand on and grasps."""

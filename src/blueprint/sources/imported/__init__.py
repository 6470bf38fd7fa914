"""What other scene generators made, as a scene of ours: meshes, colliders, masses, frames."""

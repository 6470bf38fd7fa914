"""Physical properties: materials with their sources, volumes and inertia of colliders, and checks on both."""

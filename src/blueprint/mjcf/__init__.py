"""MuJoCo models: loaded from UsdPhysics stages, and saved as MJCF."""

"""SceneSmith's native scene folders (`scene_NNN/`), as a scene of ours."""

from blueprint.sources.scenesmith.reader import is_scenesmith_dir, read_scenesmith

__all__ = ["is_scenesmith_dir", "read_scenesmith"]

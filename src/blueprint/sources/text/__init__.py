"""Text to scene, internal and deterministic: prompt → `SceneSpec` → layout on support regions → manifest."""

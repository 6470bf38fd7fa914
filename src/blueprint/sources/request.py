"""What a user hands over, a prompt, a scene_request.json or a scene folder, → a `SceneRequest`."""

from pathlib import Path

from blueprint.contracts.errors import InputError
from blueprint.contracts.hashing import sha256_json
from blueprint.contracts.ids import slug, validate_scene_id
from blueprint.contracts.scene_request import MAX_PROMPT_CHARACTERS, SceneRequest

__all__ = ["MAX_REQUEST_BYTES", "request_from", "scene_id_for"]

MAX_REQUEST_BYTES = 1 << 20
_ID_WORDS = 40


def request_from(source: str | Path, scene_id: str | None = None) -> SceneRequest:
    """Return the request of a prompt, or of the path of a `scene_request.json`.

    A `Path`, and a text that ends in `.json` without a blank, is a path; every other text is a prompt. `scene_id`
    replaces the file's id, or the one derived from the prompt. Raises InputError with a remedy: an empty or too long
    prompt, a missing or too large file, a file that is no valid request, an unusable scene id.
    """
    if isinstance(source, Path) or _looks_like_path(source):
        return _read(Path(source), scene_id)
    prompt = source.strip()
    if not prompt:
        raise InputError("the prompt is empty.", remedy='describe a scene, for example "a desk with two books".')
    if len(prompt) > MAX_PROMPT_CHARACTERS:
        raise InputError(
            f"the prompt has {len(prompt)} characters, at most {MAX_PROMPT_CHARACTERS} are read.",
            remedy="shorten the prompt.",
        )
    try:
        chosen = validate_scene_id(scene_id) if scene_id is not None else scene_id_for(prompt)
    except UnicodeEncodeError as error:
        raise InputError("the prompt holds an unpaired surrogate.", remedy="send valid Unicode text.") from error
    return SceneRequest(schema_version="v1", scene_id=chosen, prompt=prompt)


def scene_id_for(prompt: str) -> str:
    """Return a scene id: the prompt's first words and 8 hex digits of its hash, the same for the same prompt."""
    words = slug(prompt)[:_ID_WORDS].strip("_")
    return f"{words}_{sha256_json(prompt)[:8]}"


def _looks_like_path(text: str) -> bool:
    return text.endswith(".json") and not any(character.isspace() for character in text)


def _read(path: Path, scene_id: str | None) -> SceneRequest:
    if path.is_dir():
        raise InputError(
            f"{path} is a folder, not a scene_request.json.",
            remedy="give the file, or a scene folder that holds assets/scene_manifest.json.",
        )
    if path.is_file() and path.stat().st_size > MAX_REQUEST_BYTES:
        raise InputError(
            f"{path} is larger than {MAX_REQUEST_BYTES} bytes.", remedy="check that it is a scene request."
        )
    request = SceneRequest.read(path)
    if scene_id is None:
        return request
    return request.model_copy(update={"scene_id": validate_scene_id(scene_id)})

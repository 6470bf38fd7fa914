import importlib.util
from pathlib import Path

import numpy as np
import pytest

from bench_scene import author_bench
from blueprint.contracts.errors import InputError
from blueprint.contracts.task import TaskSet
from blueprint.export.envhub.package import write_envhub


@pytest.fixture(scope="module")
def scene_dir(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("scenes") / "bench"
    author_bench(folder)
    return folder


def load(path: Path):
    """Load env.py as LeRobot does: by its path, under a name of its own."""
    spec = importlib.util.spec_from_file_location("hub_env_bench", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_package_makes_its_environments_from_what_is_in_it(scene_dir, tmp_path):
    written = write_envhub(scene_dir, tmp_path / "hub")
    assert written.tasks == 1
    module = load(tmp_path / "hub" / "env.py")
    assert module.scene_dir() == tmp_path / "hub" / "scene"
    envs = module.make_env(n_envs=1)
    (vector,) = envs["bench"].values()
    assert vector.num_envs == 1
    assert vector.single_action_space.shape == (8,)
    assert set(vector.single_observation_space["pixels"].spaces) == {"wrist", "left", "right"}
    assert not np.isnan(vector.envs[0].unwrapped.environment.reset(None).state).any()
    vector.close()


def test_a_lone_env_py_says_what_it_misses(scene_dir, tmp_path):
    write_envhub(scene_dir, tmp_path / "hub")
    lone = tmp_path / "alone" / "env.py"
    lone.parent.mkdir()
    lone.write_bytes((tmp_path / "hub" / "env.py").read_bytes())
    with pytest.raises(FileNotFoundError, match="--repo-id"):
        load(lone).make_env()


def test_the_same_scene_gives_the_same_bytes(scene_dir, tmp_path):
    for name in ("one", "two"):
        write_envhub(scene_dir, tmp_path / name, "user/bench")
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in files)
    assert "user/bench" in (tmp_path / "one" / "env.py").read_text()
    assert not any(name.suffix == ".glb" or name.name.startswith(".") for name in files)


def test_hostile_words_of_a_task_stay_words(scene_dir, tmp_path):
    hostile = TaskSet.read(scene_dir / "tasks" / "tasks.json")
    name = 'bench::a"\n\nimport os\nos.abort()  # '
    task = hostile.tasks[0].model_copy(update={"task_id": name})
    copy = tmp_path / "scene"
    for path in scene_dir.rglob("*"):
        if path.is_file():
            (copy / path.relative_to(scene_dir)).parent.mkdir(parents=True, exist_ok=True)
            (copy / path.relative_to(scene_dir)).write_bytes(path.read_bytes())
    hostile.model_copy(update={"tasks": [task]}).write(copy / "tasks" / "tasks.json")
    write_envhub(copy, tmp_path / "hub")
    config = (tmp_path / "hub" / "blueprint_env" / "__init__.py").read_text()
    assert "\nimport os" not in config
    compile(config, "blueprint_env", "exec")


def test_a_folder_that_holds_something_is_not_written_into(scene_dir, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="not an empty folder"):
        write_envhub(scene_dir, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_scene_without_tasks_is_no_environment(scene_dir, tmp_path):
    copy = tmp_path / "scene"
    for name in ("assets", "usd"):
        for path in (scene_dir / name).rglob("*"):
            if path.is_file():
                (copy / path.relative_to(scene_dir)).parent.mkdir(parents=True, exist_ok=True)
                (copy / path.relative_to(scene_dir)).write_bytes(path.read_bytes())
    TaskSet(scene_id="bench", embodiment="primitive_arm", tasks=[]).write(copy / "tasks" / "tasks.json")
    with pytest.raises(InputError, match="no tasks"):
        write_envhub(copy, tmp_path / "hub")

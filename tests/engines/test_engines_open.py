"""Every engine answers alike: results, errors with their remedies, killed workers, no listener off loopback."""

import importlib.util

import psutil
import pytest
from engine_work import Marked, break_down, die_once, double, refuse, threads_and_gl

from blueprint.contracts.errors import InputError, ServiceError
from blueprint.engines.open import open_engine
from blueprint.episodes.pool import run_pool

pytestmark = pytest.mark.slow


@pytest.fixture(params=["local", "dask", "ray"], scope="module")
def engine(request):
    package = {"dask": "distributed", "ray": "ray"}.get(request.param, "joblib")
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"the extra {request.param} is not installed")
    with open_engine(request.param, 2) as opened:
        yield opened


def test_every_job_is_answered_once(engine):
    assert dict(run_pool(double, [3, 1, 2, 5], engine=engine)) == {0: 6, 1: 2, 2: 4, 3: 10}
    assert engine.slots == 2


def test_an_error_keeps_its_kind_and_remedy(engine):
    with pytest.raises(InputError, match="value 7 is unusable") as caught:
        list(run_pool(refuse, [7], engine=engine))
    assert type(caught.value) is InputError
    assert caught.value.remedy == "choose another."


def test_a_defect_is_raised_as_it_is(engine):
    with pytest.raises(ZeroDivisionError, match="value 7"):
        list(run_pool(break_down, [7], engine=engine))


def test_what_a_killed_worker_loses_is_done_by_another(engine, tmp_path):
    jobs = [Marked(tmp_path, number) for number in range(4)]
    assert dict(run_pool(die_once, jobs, engine=engine)) == {number: number for number in range(4)}


def test_a_worker_has_one_thread(engine):
    assert dict(run_pool(threads_and_gl, [0], engine=engine)) == {0: {"OMP_NUM_THREADS": "1", "LP_NUM_THREADS": "0"}}


def test_nothing_listens_off_loopback(engine):
    list(run_pool(double, [1, 2], engine=engine))
    family = [psutil.Process(), *psutil.Process().children(recursive=True)]
    hosts = {
        connection.laddr.ip
        for process in family
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert hosts <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
    assert hosts or engine.name == "local"


@pytest.mark.parametrize(("name", "package"), [("dask", "distributed"), ("ray", "ray")])
def test_an_address_without_a_cluster_is_an_error_of_a_service(name, package):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"the extra {name} is not installed")
    with pytest.raises(ServiceError, match=r"127\.0\.0\.1:9"), open_engine(name, 1, "127.0.0.1:9"):
        pass

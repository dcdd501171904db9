import contextlib
from functools import partial

import pytest

import lab.standins.consul
from tests.contract.subjects import KINDS, STAND_IN, Subject, folder_of


@contextlib.contextmanager
def started(kind, directory, *, acl=False):
    """One Consul of either kind that keeps its data through a restart."""
    if kind == STAND_IN:
        server, endpoint = lab.standins.consul.launch("contract", directory=directory, acl=acl)
        again = server.start_ready_line
    else:
        from lab.servers import launch_consul

        server, endpoint = launch_consul("contract", directory=directory, acl=acl, persistent=True)
        again = server.up

    def restart():
        server.kill()
        again()

    headers = {"X-Consul-Token": endpoint.token} if endpoint.token else {}
    try:
        yield Subject(kind, endpoint.url, headers, restart)
    finally:
        server.stop()


@pytest.fixture(scope="session", params=KINDS)
def consul(request, tmp_path_factory):
    """A Consul without ACLs, for all tests together."""
    with started(request.param, tmp_path_factory.mktemp("consul")) as subject:
        yield subject


@pytest.fixture(params=KINDS)
def own_consul(request, tmp_path):
    """A Consul for one test alone, that may be restarted, restored and wiped."""
    with started(request.param, tmp_path) as subject:
        yield subject


@pytest.fixture(scope="session", params=KINDS)
def guarded(request, tmp_path_factory):
    """A Consul that denies what no token allows; the subject's token may do everything."""
    with started(request.param, tmp_path_factory.mktemp("consul-acl"), acl=True) as subject:
        yield subject


@pytest.fixture
def folder(request):
    """A folder of the test's own."""
    return folder_of(request)


@pytest.fixture
def at_the_same_time():
    """Runs functions in threads of their own and waits for them at the end of the test."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        yield lambda function, *args, **more: pool.submit(partial(function, *args, **more))

import contextlib
import itertools

import pytest

import lab.standins.vault
from tests.contract.subjects import KINDS, STAND_IN, Subject, folder_of

NAMES = itertools.count(1)


@contextlib.contextmanager
def started(kind, directory, **options):
    """One Vault of either kind that keeps its data through a restart, and its unseal keys beside it."""
    if kind == STAND_IN:
        server, endpoint = lab.standins.vault.launch("contract", directory=directory, **options)
        again = server.start_ready_line
    else:
        from lab.servers import launch_vault

        server, endpoint = launch_vault("contract", directory=directory, storage="file", **options)
        again = server.up

    def restart():
        server.kill()
        again()

    headers = {"X-Vault-Token": endpoint.token} if endpoint.token else {}
    subject = Subject(kind, endpoint.url, headers, restart)
    subject.unseal_keys = endpoint.unseal_keys
    try:
        yield subject
    finally:
        server.stop()


@pytest.fixture(scope="session", params=KINDS)
def vault(request, tmp_path_factory):
    """A Vault for all tests together, seen by root."""
    with started(request.param, tmp_path_factory.mktemp("vault")) as subject:
        yield subject


@pytest.fixture(params=KINDS)
def own_vault(request, tmp_path):
    """A Vault for one test alone, that may be sealed and restarted: three key shares, of which two open it."""
    with started(request.param, tmp_path, shares=3, threshold=2) as subject:
        yield subject


@pytest.fixture(params=KINDS)
def new_vault(request, tmp_path):
    """A Vault that nobody has initialised."""
    with started(request.param, tmp_path, ready=False) as subject:
        yield subject


@pytest.fixture
def path(request):
    """A path of the test's own, below a mount."""
    return folder_of(request)


@pytest.fixture
def name(request):
    """A name of the test's own, for a policy or a role."""
    return f"{request.node.originalname.replace('_', '-')[:40]}-{next(NAMES)}"


@pytest.fixture
def as_token(vault, name):
    """Makes a token with the rules of a policy text, and returns the Vault as that token sees it."""

    def make(rules, **wanted):
        vault.put(f"sys/policies/acl/{name}", json={"policy": rules})
        answer = vault.post("auth/token/create", {"policies": [name], **wanted}).json()["auth"]
        subject = vault.anew({"X-Vault-Token": answer["client_token"]})
        subject.accessor = answer["accessor"]
        return subject

    return make

import pytest

from lab.faults import HttpFaultProxy
from tests.integration.consul_sync.two import guarded, guarded_two, own_two, shared, two

__all__ = ["guarded", "guarded_two", "own_two", "shared", "two"]


@pytest.fixture
def before(tmp_path):
    """Puts a fault proxy before a side: `before(two.source)` gives the proxy and the Consul behind it."""
    proxies = []

    def before(side):
        proxy = HttpFaultProxy(side.endpoint.url, directory=tmp_path).start()
        proxies.append(proxy)
        return proxy, side.connect(address=proxy.url, timeout=5.0)

    yield before
    for proxy in proxies:
        proxy.stop()

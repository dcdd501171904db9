"""One stand-in server, its rooms put together; runs in a thread of a test or in a process of its own."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path

from lab.servers.certificates import Authority, Pair
from lab.standins.front import Front

from . import bootstrap_roles, builtin, namespaces, rbac, rules
from .api import Api
from .authentication import Tokens
from .cluster import Cluster, Settings
from .controllers import Controllers
from .journal import Journal
from .kinds import Kinds
from .store import Store

SWITCH_SECONDS = 0.0005  # a watch must not wait for a writer's whole time slice


class KubeStandIn:
    """A Kubernetes API server in small.

    Args:
        name: The cluster's name.
        directory: Where its certificates live.
        token: The administrator's bearer token.
        port: 0 for any free one.
        version: `1.36` or `1.7`.
        bookmark_interval: Seconds between bookmarks of an idle watch.
        establish_delay: Seconds until a new CRD is Established.
        history: Events kept a resource.
        controllers: Whether garbage, namespaces and their default objects are taken care of.
        keep: Whether what is stored survives in the directory.
    """

    def __init__(
        self,
        name: str,
        *,
        directory: Path,
        token: str,
        port: int = 0,
        version: str = "1.36",
        bookmark_interval: float = 60.0,
        establish_delay: float = 0.02,
        history: int = 20_000,
        controllers: bool = True,
        keep: bool = False,
    ) -> None:
        authority = Authority(directory / "pki")
        self.ca_file = authority.pair.certificate
        serving = authority.serving("apiserver", hosts=("localhost", "kubernetes.default.svc"))
        settings = Settings(version, bookmark_interval, establish_delay, controllers, history)
        store = Store(history=history)
        kinds = Kinds(builtin.kinds(version))
        self.cluster = Cluster(name, settings, store, kinds, ca=self.ca_file.read_text())
        rules.load()
        self.tokens = Tokens(token, (directory / "pki" / "ca.key").read_bytes())
        self.journal = Journal(directory / "journal") if keep else None
        self.api = Api(self.cluster, self.tokens)
        self.front = Front(self.api.handle, port=port, tls=_tls(serving, self.ca_file))
        self.api.port = self.front.port
        self.url = f"https://127.0.0.1:{self.front.port}"
        self.controllers = Controllers(self.cluster, self.tokens)

    def start(self) -> None:
        """Fill the cluster with what every cluster has, and listen."""
        sys.setswitchinterval(SWITCH_SECONDS)
        restored = self.journal.restore(self.cluster.store) if self.journal else []
        namespaces.bootstrap(self.cluster)
        for plural, value in bootstrap_roles.roles():
            namespaces.put(self.cluster, rbac.GROUP, plural, value)
        self.controllers.start()
        self.controllers.resume(restored)
        self.front.start()

    def stop(self) -> None:
        """Close every connection."""
        self.cluster.stopping.set()
        self.front.stop()
        if self.journal:
            self.journal.close()


def _tls(serving: Pair, ca_file: Path) -> ssl.SSLContext:
    """A server's TLS: client certificates of the cluster's own authority are believed, none is demanded."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(serving.certificate, serving.key)
    context.load_verify_locations(ca_file)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.set_alpn_protocols(["http/1.1"])
    return context

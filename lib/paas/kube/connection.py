"""The ways into a cluster, from its settings to a client."""

from __future__ import annotations

import logging
import time
from typing import Any

from paas.errors import ConfigError
from paas.kube.client import Client
from paas.kube.transport import POOL_SIZE, Transport
from paas.references import References
from paas.settings import ClusterSettings

_LOG = logging.getLogger(__name__)
#: Seconds for which a token is used before its reference is read again.
TOKEN_AGE = 60.0
USER_AGENT = "stackstorm-kubernetes"


def connect(cluster: ClusterSettings, references: References) -> Client:
    """A client of one cluster. Nothing is sent yet.

    Args:
        cluster: How to reach it: kubeconfig and context, server and credentials, or the pod's service account.
        references: Fetches the token where the settings name one.

    Raises:
        ConfigError: A file, a context or a reference of the settings is not there or cannot be used.
    """
    from kubernetes.client import ApiClient, Configuration

    configuration = Configuration()
    if cluster.kubeconfig:
        _load_kubeconfig(cluster, configuration)
    elif cluster.in_cluster:
        _load_in_cluster(cluster, configuration)
    else:
        configuration.host = str(cluster.server).rstrip("/")
    _override(cluster, configuration, references)
    configuration.connection_pool_maxsize = POOL_SIZE
    configuration.retries = False
    try:
        api_client = ApiClient(configuration)
    except OSError as error:
        raise ConfigError(f"clusters.{cluster.name}", f"a certificate file cannot be used: {error}") from error
    _warn(cluster, configuration)
    return Client(cluster.name, Transport(api_client, user_agent=USER_AGENT))


def _load_kubeconfig(cluster: ClusterSettings, configuration: Any) -> None:
    import yaml
    from kubernetes import config

    key = f"clusters.{cluster.name}.kubeconfig"
    try:
        config.load_kube_config(
            config_file=cluster.kubeconfig,
            context=cluster.context,
            client_configuration=configuration,
            persist_config=False,
        )
    except config.ConfigException as error:
        raise ConfigError(key, f"{cluster.kubeconfig} cannot be used: {error}") from error
    except OSError as error:
        raise ConfigError(key, f"{cluster.kubeconfig} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        # The parser's own message quotes the file, which holds credentials; it is not chained either.
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise ConfigError(key, f"{cluster.kubeconfig} is no YAML{line}") from None


def _load_in_cluster(cluster: ClusterSettings, configuration: Any) -> None:
    from kubernetes import config

    try:
        config.load_incluster_config(client_configuration=configuration)
    except config.ConfigException as error:
        raise ConfigError(f"clusters.{cluster.name}.in_cluster", f"this is no pod of a cluster: {error}") from error


def _override(cluster: ClusterSettings, configuration: Any, references: References) -> None:
    """What the settings say beside the way in. A kubeconfig cannot switch TLS checks off; `verify_tls` alone can."""
    configuration.verify_ssl = cluster.verify_tls
    for setting, attribute in (
        ("ca_file", "ssl_ca_cert"),
        ("client_certificate", "cert_file"),
        ("client_key", "key_file"),
    ):
        path = getattr(cluster, setting)
        if path is None:
            continue
        try:
            with open(path, "rb"):
                setattr(configuration, attribute, path)
        except OSError as error:
            raise ConfigError(
                f"clusters.{cluster.name}.{setting}", f"{path} cannot be read: {error.strerror}"
            ) from error
    if cluster.token:
        _Token(cluster, references).renew(configuration)


class _Token:
    """A token by reference, fetched again now and then: it may be rotated while a sensor runs."""

    def __init__(self, cluster: ClusterSettings, references: References) -> None:
        self._cluster = cluster
        self._references = references
        self._fetched: float | None = None

    def renew(self, configuration: Any) -> None:
        if self._fetched is not None and time.monotonic() - self._fetched < TOKEN_AGE:
            return
        first, self._fetched = self._fetched is None, time.monotonic()
        try:
            token = self._references.fetch(str(self._cluster.token), key=f"clusters.{self._cluster.name}.token")
        except Exception as error:
            if first:
                raise
            _LOG.warning("the token could not be fetched again, the one from before is used: %s", error)
            return
        configuration.api_key["authorization"] = f"Bearer {token.reveal()}"
        configuration.refresh_api_key_hook = self.renew


def _warn(cluster: ClusterSettings, configuration: Any) -> None:
    if configuration.host.startswith("http://"):
        _LOG.warning(
            "cluster %s: %s is not encrypted; anyone between can read and change all", cluster.name, configuration.host
        )
    elif not configuration.verify_ssl:
        import urllib3

        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # this line says it once, and better
        _LOG.warning(
            "cluster %s: verify_tls is false, so ANY server may pose as %s; set clusters.%s.ca_file instead",
            cluster.name,
            configuration.host,
            cluster.name,
        )

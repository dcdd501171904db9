"""Joins the platform and the StackStorm: kubeconfig, environment, the pack's config and secrets, `deploy/`."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from lab import manifests, state
from lab.aws.environments import settings_of
from lab.platform import Platform

ROOT = Path(__file__).resolve().parent.parent
_DEPLOYED = ("crd-databases.yaml", "rbac.yaml")


def write_kubeconfig(platform: Platform, path: Path) -> None:
    """One kubeconfig with a context for each cluster, paasA the current one."""
    merged: dict[str, Any] = {"apiVersion": "v1", "kind": "Config", "current-context": "paasA"}
    for name, endpoint in sorted(platform.clusters.items()):
        said = yaml.safe_load(Path(endpoint.kubeconfig).read_text())
        chosen = {each["name"]: each["context"] for each in said["contexts"]}[said["current-context"]]
        for section, one, own in (("clusters", "cluster", chosen["cluster"]), ("users", "user", chosen["user"])):
            found = {each["name"]: each[one] for each in said[section]}[own]
            merged.setdefault(section, []).append({"name": name, one: found})
        merged.setdefault("contexts", []).append({"name": name, "context": {"cluster": name, "user": name}})
    state.write(path, yaml.safe_dump(merged, sort_keys=False))


def environment(platform: Platform, kubeconfig: Path) -> dict[str, str]:
    """What kubectl, consul, vault and aws need in their environment."""
    first = next(iter(platform.vaults.values()))
    variables = {"KUBECONFIG": str(kubeconfig)}
    variables |= {f"CONSUL_{name.upper()}": each.url for name, each in sorted(platform.consuls.items())}
    variables |= {f"VAULT_{name.upper()}": each.url for name, each in sorted(platform.vaults.items())}
    return variables | {"VAULT_TOKEN": first.token} | aws_environment(platform)


def aws_environment(platform: Platform) -> dict[str, str]:
    """AWS by its environment variables, as an instance's own role would be there."""
    return {
        "AWS_ENDPOINT_URL": platform.aws.url,
        "AWS_ACCESS_KEY_ID": platform.aws.access_key_id,
        "AWS_SECRET_ACCESS_KEY": platform.aws.secret_access_key,
        "AWS_DEFAULT_REGION": platform.aws.region,
        "AWS_REGION": platform.aws.region,
    }


def shell(variables: Mapping[str, str]) -> str:
    """Variables as lines that a shell can source."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


def pack_config(platform: Platform) -> tuple[dict[str, Any], dict[str, str]]:
    """The pack's config for this platform, and the secrets that it refers to, by their datastore names."""
    keys: dict[str, str] = {}

    def secret(name: str, value: str) -> str:
        keys[name] = value
        return f"datastore:{name}"

    config: dict[str, Any] = {"clusters": {}, "consul": {}, "vault": {}}
    for name, cluster in sorted(platform.clusters.items()):
        config["clusters"][name] = {
            "server": cluster.url,
            "ca_file": cluster.ca_file,
            "token": secret(f"kubernetes.{name}.token", cluster.token),
            "consul": name,
            "vault": name,
            "bucket": f"paas-{name.lower()}-config",
        }
    for name, consul in sorted(platform.consuls.items()):
        token = {"token": secret(f"kubernetes.{name}.consul", consul.token)} if consul.token else {}
        config["consul"][name] = {"address": consul.url, **token}
    for name, vault in sorted(platform.vaults.items()):
        config["vault"][name] = {
            "address": vault.url,
            "auth": {"method": "token", "token": secret(f"kubernetes.{name}.vault", vault.token)},
            "allow": [{"paths": ["secret/{namespace}/*"], "namespaces": ["*"]}],
        }
    config["consul_sync"] = {"paasA-to-paasB": {"source": "paasA", "destination": "paasB", "recheck": 10}}
    config["aws"] = {"region": platform.aws.region, "endpoint_url": platform.aws.url}
    config["databases"] = {
        "defaults": {"engine": "mysql", "instance_class": "db.t3.micro", "storage_gib": 20},
        "allow": {
            "engines": {
                "mysql": ["8.0", "8.4"],
                "mariadb": ["10.11", "11.4"],
                "postgres": ["16", "17"],
                "aurora-mysql": [],
                "aurora-postgresql": [],
            },
            "classes": ["db.t3.micro", "db.t3.small", "db.r6g.large"],
            "max_storage_gib": 100,
            "max_read_replicas": 2,
            "deletion_policies": ["Retain", "Snapshot", "Delete"],
        },
        # With rule rds_delete_db enabled, deleting an object deletes its database; in a lab nothing is lost by that.
        "deletion_follows_policy": True,
    }
    config["third_party"] = {"groups": [{"group": "paas.internal"}]}
    # One second where AWS takes minutes, so that a cutover in a lab can be watched and killed within a minute.
    config["traffic"] = {"prd": {**settings_of("prd"), "poll_seconds": 0.5, "lease_seconds": 5, "health_timeout": 15}}
    return config, keys


def deploy(platform: Platform, say: Callable[[str], None]) -> None:
    """Apply what the pack ships for its clusters: the definition of Database, and the roles around it.

    Raises:
        PaasError: A cluster refused.
    """
    for name, endpoint in sorted(platform.clusters.items()):
        client = manifests.client_of(endpoint)
        try:
            for file in _DEPLOYED:
                for document in manifests.documents(ROOT / "deploy" / file):
                    say(f"{name}: {manifests.apply(client, document)}")
        finally:
            client.close()

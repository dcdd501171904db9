"""`lab config`, `kv`, `env`, `apply`, `get`: the site's side - config, datastore, clusters."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml

from lab import manifests
from lab.cli.client import LabClient, quoted
from lab.cli.tables import print_json, print_table
from paas import kube
from paas.references import References
from paas.settings import ClusterSettings


def register(commands: Any) -> None:
    """Add the commands."""
    parser = commands.add_parser("config", help="a configs/kubernetes.yaml with which a StackStorm drives this lab")
    parser.add_argument("--datastore", action="store_true", help="the commands that set the keys it refers to, too")
    parser.set_defaults(command=config)

    parser = commands.add_parser("kv", help="the datastore")
    parser.add_argument("what", choices=("get", "set", "list", "delete"))
    parser.add_argument("name", nargs="?", default="", help="the key; for list: a prefix")
    parser.add_argument("value", nargs="?")
    parser.add_argument("--encrypt", action="store_true")
    parser.add_argument("--decrypt", action="store_true")
    parser.add_argument("--ttl", type=int, metavar="S")
    parser.set_defaults(command=kv)

    parser = commands.add_parser("env", help="what kubectl, consul, vault and aws need, for a shell to source")
    parser.set_defaults(command=env)

    parser = commands.add_parser("apply", help="apply manifests, without kubectl")
    parser.add_argument("-f", dest="file", type=Path, required=True, help="a YAML file, or a folder of them")
    parser.add_argument("--cluster", default="paasA")
    parser.set_defaults(command=apply)

    for name, words in (("get", "read an object, or list a kind"), ("delete", "delete an object")):
        parser = commands.add_parser(name, help=f"{words}, without kubectl")
        parser.add_argument(
            "kind",
            help="plural, kind or short name, with .group where two have it: databases, db, events.events.k8s.io",
        )
        parser.add_argument("name", nargs="?" if name == "get" else None)
        parser.add_argument("-n", "--namespace", help="all namespaces where left out" if name == "get" else None)
        parser.add_argument("--cluster", default="paasA")
        parser.set_defaults(command=get if name == "get" else delete)


def config(arguments: argparse.Namespace) -> int:
    """Print the pack's config for a StackStorm elsewhere on this machine."""
    client = LabClient(arguments.state_dir)
    print(yaml.safe_dump(client.call("GET", "/configs/kubernetes"), sort_keys=False), end="")
    if arguments.datastore:
        print("# The keys that it refers to; not on stdout, so that a file of it holds no secret:", file=sys.stderr)
        for key in client.each("/keys", prefix="kubernetes.", limit=1000):
            if key["secret"]:
                value = client.call("GET", f"/keys/{quoted(key['name'])}", decrypt="true")["value"]
                print(f"st2 key set --encrypt {key['name']} '{value}'", file=sys.stderr)
    return 0


def kv(arguments: argparse.Namespace) -> int:
    """Read or change the datastore."""
    client = LabClient(arguments.state_dir)
    path = f"/keys/{quoted(arguments.name)}"
    if arguments.what == "list":
        print_table(client.each("/keys", prefix=arguments.name, limit=1000), ("name", "secret", "value"))
    elif arguments.what == "get":
        print(client.call("GET", path, decrypt=str(arguments.decrypt).lower())["value"])
    elif arguments.what == "delete":
        client.call("DELETE", path)
    else:
        body = {"value": arguments.value or "", "secret": arguments.encrypt, "ttl": arguments.ttl}
        print_json(client.call("PUT", path, body))
    return 0


def env(arguments: argparse.Namespace) -> int:
    """Print the environment."""
    client = LabClient(arguments.state_dir)
    print((client.directory / "env").read_text(), end="")
    return 0


def _cluster(arguments: argparse.Namespace) -> kube.Client:
    about = LabClient(arguments.state_dir).about
    settings = ClusterSettings(name=arguments.cluster, kubeconfig=about["kubeconfig"], context=arguments.cluster)
    return kube.connect(settings, References())


def apply(arguments: argparse.Namespace) -> int:
    """Apply manifests."""
    client = _cluster(arguments)
    for document in manifests.documents(arguments.file):
        print(manifests.apply(client, document))
    return 0


def _resource(client: kube.Client, kind: str) -> kube.Resource:
    """The resource that kubectl would take: by plural, kind or short name, the core's first; in one group after a dot.

    Raises:
        NotFound: The cluster does not serve it.
    """
    name, _, group = kind.partition(".")
    if group:
        return client.resources.find(group, name)
    wanted, served = name.lower(), sorted(client.resources.all(), key=lambda each: each.group != "")
    for each in served:
        if wanted in (each.plural, each.kind.lower()):
            return each
    for each in served:
        if wanted in _short_names(client, each):
            return each
    return client.resources.find("", name)


def _short_names(client: kube.Client, resource: kube.Resource) -> list[str]:
    at = f"/apis/{resource.group}" if resource.group else "/api"
    described = client.get(f"{at}/{resource.version}")["resources"]
    return next((each.get("shortNames", []) for each in described if each["name"] == resource.plural), [])


def get(arguments: argparse.Namespace) -> int:
    """Read one object, or list a kind."""
    client = _cluster(arguments)
    resource = _resource(client, arguments.kind)
    if arguments.name:
        namespace = (arguments.namespace or "default") if resource.namespaced else None
        print_json(client.get(resource.path(namespace, arguments.name)))
    else:
        print_json(list(client.list(resource.path(arguments.namespace))))
    return 0


def delete(arguments: argparse.Namespace) -> int:
    """Delete one object."""
    client = _cluster(arguments)
    resource = _resource(client, arguments.kind)
    namespace = (arguments.namespace or "default") if resource.namespaced else None
    print_json(client.delete(resource.path(namespace, arguments.name)))
    return 0

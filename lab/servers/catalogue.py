"""Which binaries the real servers are, which Go module each is built from, and what may stand in for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MODULES = Path(__file__).resolve().parent
KUBERNETES = "v1.36.3"

_STRIPPED = "-s -w"
# Clients parse the server's version; without these it would say v0.0.0.
_KUBERNETES_VERSION = " ".join(
    f"-X k8s.io/component-base/version.{name}={value}"
    for name, value in (("gitVersion", KUBERNETES), ("gitMajor", "1"), ("gitMinor", "36"), ("gitTreeState", "clean"))
)


@dataclass(frozen=True)
class Binary:
    """One program of the lab.

    Attributes:
        name: Its file's name.
        module: Folder of its Go module, beside this file.
        package: What `go build` builds in there.
        version: The version the module is pinned to.
        at_least: The oldest (major, minor) that a binary found on PATH may have.
        version_argv: What makes such a binary say its version.
        file_variable: Environment variable that names the file itself.
        folder_variable: Environment variable that names a folder with the file in it.
        ldflags: The linker's flags.
    """

    name: str
    module: str
    package: str
    version: str
    at_least: tuple[int, int]
    version_argv: tuple[str, ...] = ("--version",)
    file_variable: str = ""
    folder_variable: str = ""
    ldflags: str = _STRIPPED

    @property
    def folder(self) -> Path:
        """Where the Go module's go.mod, go.sum and Go files are."""
        return MODULES / self.module

    def sources(self) -> Iterator[Path]:
        """The files that decide what is built, in a fixed order."""
        yield self.folder / "go.mod"
        yield self.folder / "go.sum"
        yield from sorted(self.folder.glob("*.go"))


def _kubernetes(name: str, *, folder_variable: str = "", version_argv: tuple[str, ...] = ("--version",)) -> Binary:
    return Binary(
        name=name,
        module="kubernetes",
        package=f"k8s.io/kubernetes/cmd/{name}",
        version=KUBERNETES,
        at_least=(1, 34),
        version_argv=version_argv,
        folder_variable=folder_variable,
        ldflags=f"{_STRIPPED} {_KUBERNETES_VERSION}",
    )


# In the order in which a bare machine gets something that starts soonest.
BINARIES: dict[str, Binary] = {
    binary.name: binary
    for binary in (
        Binary(
            name="etcd",
            module="etcd",
            package="go.etcd.io/etcd/server/v3",
            version="v3.6.13",
            at_least=(3, 5),
            folder_variable="KUBEBUILDER_ASSETS",
        ),
        _kubernetes("kube-apiserver", folder_variable="KUBEBUILDER_ASSETS"),
        _kubernetes("kube-controller-manager"),
        _kubernetes("kube-scheduler"),
        _kubernetes("kubectl", folder_variable="KUBEBUILDER_ASSETS", version_argv=("version", "--client")),
        Binary(name="kwok", module="kwok", package="sigs.k8s.io/kwok/cmd/kwok", version="v0.7.0", at_least=(0, 6)),
        Binary(
            name="vault",
            module="vault",
            package=".",
            version="v1.14.0",
            at_least=(1, 12),
            version_argv=("version",),
            file_variable="VAULT_BIN",
        ),
        Binary(
            name="consul",
            module="consul",
            package="github.com/hashicorp/consul",
            version="v1.14.11",
            at_least=(1, 12),
            version_argv=("version",),
            file_variable="CONSUL_BIN",
        ),
    )
}

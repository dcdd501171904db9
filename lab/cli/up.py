"""`lab up`: everything, until it is stopped."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import yaml

from lab import orphans, state, wiring
from lab.platform import Platform
from lab.stackstorm.service import StackStorm


def register(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("up", help="start everything, and run until stopped")
    parser.add_argument("--real", action="store_true", help="the real servers of lab/servers, not the stand-ins")
    parser.add_argument("--env-file", type=Path, metavar="F", help="write what kubectl and the like need, for a shell")
    parser.add_argument("--rds-delay", type=float, metavar="S", help="seconds until a database is available")
    parser.add_argument("--poll-interval", type=int, metavar="S", help="seconds between two polls of polling sensors")
    parser.add_argument("--workers", type=int, default=4, metavar="N", help="actions that run at once (4)")
    parser.add_argument("--pack", type=Path, action="append", default=[], metavar="DIR", help="one more pack")
    parser.add_argument(
        "--no-platform", action="store_true", help="the StackStorm alone, without clusters and the rest"
    )
    parser.add_argument(
        "--no-sensors", action="store_true", help="no sensors of its own: those of another StackStorm watch this lab"
    )
    parser.set_defaults(command=up)


def up(arguments: argparse.Namespace) -> int:
    """Start everything and wait for SIGINT or SIGTERM.

    Returns:
        0 after a clean stop, 1 where something did not come up.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    directory: Path = (arguments.state_dir or state.default_directory()).absolute()
    other = state.running(directory)
    if other is not None:
        print(f"a lab is up in {directory} already (pid {other['pid']})", file=sys.stderr)
        return 1
    orphans.end(directory)
    state.prepare(directory, real=arguments.real)
    logging.basicConfig(
        filename=directory / "lab.log", level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    lab = _Lab(arguments, directory)
    try:
        lab.start()
        lab.wait(stop)
    finally:
        lab.stop()
    return 0


class _Lab:
    """The platform and the StackStorm of one `lab up`."""

    def __init__(self, arguments: argparse.Namespace, directory: Path) -> None:
        self._arguments = arguments
        self._directory = directory
        self._begun = time.monotonic()
        self._platform = Platform()
        self._service: StackStorm | None = None

    def start(self) -> None:
        """Bring everything up, saying what listens where."""
        extra_env: dict[str, str] = {}
        if not self._arguments.no_platform:
            self._platform = Platform.up(
                directory=self._directory / "platform", real=self._arguments.real, rds_delay=self._arguments.rds_delay
            )
            orphans.record(self._directory, self._platform.servers)
            _say_where(self._platform)
            extra_env = wiring.aws_environment(self._platform)
            self._write_environment()
        packs = [wiring.ROOT, *self._arguments.pack]
        self._service = StackStorm(
            packs,
            directory=self._directory / "stackstorm",
            workers=self._arguments.workers,
            extra_env=extra_env,
            poll_interval=self._arguments.poll_interval,
        )
        for problem in self._service.problems:
            print(f"warning: {problem}", file=sys.stderr)
        if not self._arguments.no_platform:
            self._configure(self._service)
            wiring.deploy(self._platform, lambda line: logging.getLogger(__name__).info("%s", line))
        self._service.start(sensors=not self._arguments.no_sensors)
        state.publish(
            self._directory,
            url=self._service.api.url,
            token=self._service.token,
            real=self._arguments.real,
            kubeconfig=str(self._kubeconfig),
            endpoints={} if self._arguments.no_platform else _endpoints(self._platform),
        )
        state.remember(self._directory)
        print(f"  {'stackstorm':<14} {self._service.api.url}", flush=True)
        print(f"  {'state':<14} {self._directory}", flush=True)
        print(f"ready in {time.monotonic() - self._begun:.1f} s", flush=True)

    @property
    def _kubeconfig(self) -> Path:
        return self._directory / "kubeconfig"

    def _write_environment(self) -> None:
        wiring.write_kubeconfig(self._platform, self._kubeconfig)
        text = wiring.shell(wiring.environment(self._platform, self._kubeconfig))
        for path in (self._directory / "env", self._arguments.env_file):
            if path is not None:
                state.write(path, text)

    def _configure(self, service: StackStorm) -> None:
        config, keys = wiring.pack_config(self._platform)
        for name, value in keys.items():
            service.datastore.set(name, value, secret=True)
        state.write(service.config_file("kubernetes"), yaml.safe_dump(config, sort_keys=False))

    def wait(self, stop: threading.Event) -> None:
        """Until the signal; a server that ends meanwhile is told of, once."""
        told: set[str] = set()
        while not stop.wait(1.0):
            for server in self._platform.dead():
                if server.name not in told:
                    told.add(server.name)
                    print(f"{server.name} has ended with {server.returncode}; its log: {server.log}", file=sys.stderr)

    def stop(self) -> None:
        """Take everything down again."""
        state.withdraw(self._directory)
        if self._service is not None:
            self._service.stop()
        self._platform.stop()
        orphans.forget(self._directory)


def _endpoints(platform: Platform) -> dict[str, dict[str, str]]:
    return {
        "cluster": {name: each.url for name, each in sorted(platform.clusters.items())},
        "consul": {name: each.url for name, each in sorted(platform.consuls.items())},
        "vault": {name: each.url for name, each in sorted(platform.vaults.items())},
        "aws": {"": platform.aws.url},
    }


def _say_where(platform: Platform) -> None:
    for kind, endpoints in _endpoints(platform).items():
        for name, url in endpoints.items():
            print(f"  {f'{kind} {name}'.strip():<14} {url}", flush=True)

"""The lab's StackStorm, put together: packs, datastore, rules, actions, sensors and the API."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from lab.stackstorm import config
from lab.stackstorm.actions import Actions
from lab.stackstorm.aliases import Chat
from lab.stackstorm.api import Api
from lab.stackstorm.chain import run_chain
from lab.stackstorm.database import Database
from lab.stackstorm.datastore import Datastore
from lab.stackstorm.errors import Invalid, NotFound
from lab.stackstorm.executions import Execution, Executions, as_json
from lab.stackstorm.inquiries import Inquiries
from lab.stackstorm.jobs import Runner
from lab.stackstorm.metadata import read_pack
from lab.stackstorm.orquesta_engine import HOOKS
from lab.stackstorm.orquesta_runner import Workflows
from lab.stackstorm.registry import Registry
from lab.stackstorm.rulebook import Rulebook
from lab.stackstorm.rules import RulesEngine
from lab.stackstorm.runner_core import run_http, run_noop, run_shell
from lab.stackstorm.runner_python import PythonRunner
from lab.stackstorm.sensors import SensorContainer
from lab.stackstorm.sources import Notices, Timers, Webhooks
from lab.stackstorm.templates import Templates
from lab.stackstorm.triggers import Triggers

_LOG = logging.getLogger(__name__)
_SWEEP = 5.0


class StackStorm:
    """One StackStorm on this machine, for one user.

    Args:
        packs: The directories of the packs.
        directory: Where its state lives: databases, the encryption key, configs, sensors' logs.
        workers: How many actions run at once, workflows aside.
        extra_env: What the processes of actions and sensors have in their environment besides the lab's own.
        keep: How many executions and occurrences are kept.
        poll_interval: Seconds between two polls of every polling sensor, in place of what its metadata says.

    Attributes:
        problems: What StackStorm would log at registration and go on; a sentence each.

    Raises:
        MetadataError: A pack is wrong.
    """

    def __init__(
        self,
        packs: Sequence[Path],
        *,
        directory: Path,
        workers: int = 4,
        extra_env: Mapping[str, str] | None = None,
        keep: int = 20_000,
        poll_interval: int | None = None,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.directory = directory
        self.registry = Registry(read_pack(pack) for pack in packs)
        self._database = Database(directory / "stackstorm.db")
        self._secrets = Database(directory / "datastore.db")
        self.datastore = Datastore(self._secrets, key_file=directory / "datastore.key")
        self.templates = Templates(self.datastore)
        self.tokens: set[str] = set()
        self._tokens_lock = threading.Lock()
        self.executions = Executions(self._database, keep=keep)
        self.triggers = Triggers(self.registry, self._database, keep=keep)
        self.workflows = Workflows()
        self.inquiries = Inquiries(self.executions, self.triggers, self.workflows)
        self.executions.on_change = self._changed
        HOOKS.key = self._key
        python = PythonRunner(
            api_url=lambda: self.api.url, token=self.new_token, revoke=self.revoke_token, extra_env=extra_env
        )
        runners: dict[str, Runner] = {
            "python-script": python,
            "action-chain": run_chain,
            "noop": run_noop,
            "local-shell-cmd": run_shell,
            "local-shell-script": run_shell,
            "http-request": run_http,
            "inquirer": self.inquiries.run,
            "orquesta": self.workflows.run,
        }
        self.actions = Actions(
            registry=self.registry,
            executions=self.executions,
            templates=self.templates,
            config_of=self.config_of,
            runners=runners,
            workers=workers,
        )
        self.rulebook = Rulebook(self.triggers, self._database)
        self.problems = [*self.rulebook.load(self.registry.rules()), *self.registry.dangling()]
        self.rules = RulesEngine(self.rulebook, self.triggers, self.actions, self._database)
        self.sensors = SensorContainer(
            self.registry.sensors(),
            directory=directory / "sensors",
            api_url=lambda: self.api.url,
            token=self.new_token,
            extra_env=extra_env,
            poll_interval=poll_interval,
        )
        self.webhooks = Webhooks(self.triggers)
        self.timers = Timers(self.triggers)
        self.chat = Chat(self.actions, self.shown)
        self._notices = Notices(self.triggers, self.rulebook)
        self.sensors.on_spawn, self.sensors.on_exit = self._notices.sensor_started, self._notices.sensor_ended
        self.api = Api(self)
        self.token = self.new_token()
        self._stopping = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep, name="sweeper", daemon=True)

    def _changed(self, execution: Execution) -> None:
        self.workflows.tell(execution)
        if execution.completed:
            self._notices.completed(execution, self.shown(execution)["parameters"])

    def shown(self, execution: Execution, *, children: bool = False) -> dict[str, Any]:
        """An execution as the API shows it: secrets masked, and with the ids of what it started where asked for."""
        try:
            action = self.registry.action(execution.action)
        except NotFound:
            action = None  # of a pack that is not here any more
        below = [child.id for child in self.executions.children(execution.id)] if children else None
        return as_json(execution, action, children=below)

    def _key(self, name: str, user: str, decrypt: bool) -> str:
        """A key as a workflow asks for it: `st2kv('system.NAME')`; any other name is the user's own."""
        if name.startswith("system."):
            found = self.datastore.get(name.removeprefix("system."), decrypt=decrypt)
        else:
            found = self.datastore.get(f"{user}:{name}", scope="user", decrypt=decrypt)
        if decrypt and not found.secret:
            raise NotFound(f"the key {name!r} is not encrypted, so it cannot be decrypted")
        return found.value

    def new_token(self) -> str:
        """A token that the API takes until it is revoked."""
        token = secrets.token_hex(16)
        with self._tokens_lock:
            self.tokens.add(token)
        return token

    def revoke_token(self, token: str) -> None:
        """The API takes this token no more."""
        with self._tokens_lock:
            self.tokens.discard(token)

    def config_file(self, pack: str) -> Path:
        """Where the site's config of a pack lies."""
        return self.directory / "configs" / f"{pack}.yaml"

    def config_of(self, pack: str, user: str) -> dict[str, Any]:
        """A pack's config as actions and sensors get it.

        Raises:
            RuntimeError: A template in it cannot be rendered.
            Invalid: The file is no YAML mapping, or a secret value cannot be decrypted.
        """
        known = self.registry.packs.get(pack)
        return config.resolve(
            self.written_config(pack),
            {} if known is None else known.config_schema,
            templates=self.templates,
            datastore=self.datastore,
            user=user,
        )

    def written_config(self, pack: str) -> dict[str, Any]:
        """What the site wrote, nothing resolved; empty where it wrote nothing.

        Raises:
            Invalid: The file is no YAML mapping.
        """
        path = self.config_file(pack)
        try:
            said = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
        except yaml.YAMLError as error:
            raise Invalid(f"{path}: is no YAML: {' '.join(str(error).split())}") from None
        if said is not None and not isinstance(said, dict):
            raise Invalid(f"{path}: must be a mapping, not {type(said).__name__}")
        return said or {}

    def start(self, *, sensors: bool = True) -> None:
        """Check the configs, then begin: the API, the rules, the sensors.

        Raises:
            Invalid: A config does not fit its schema.
        """
        for pack in self.registry.packs.values():
            config.check(self.written_config(pack.ref), pack.config_schema, pack=pack.ref)
        self.api.start()
        self.rules.start()
        self.timers.start()
        self._sweeper.start()
        if sensors:
            self.sensors.start()

    def _sweep(self) -> None:
        """Every few seconds: questions that nobody answered in time."""
        while not self._stopping.wait(_SWEEP):
            self.inquiries.expire()

    def stop(self) -> None:
        """End everything: sensors first, so that nothing new comes in. Twice is once."""
        self._stopping.set()
        self.sensors.stop()
        self.timers.stop()
        self.rules.stop()
        self.actions.stop()
        self.api.stop()
        self._database.close()
        self._secrets.close()

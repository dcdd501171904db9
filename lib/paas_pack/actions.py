"""What every Python action of the pack shares: settings, secrets by reference, and errors as results."""

from __future__ import annotations

import re
import traceback
from typing import TYPE_CHECKING, Any

from st2common.runners.base_action import Action

from paas.errors import PaasError
from paas.references import References
from paas.settings import Settings

if TYPE_CHECKING:
    from paas.aws import Aws
    from paas.consul import Consul
    from paas.kube import Client
    from paas.vault import Vault


class PaasAction(Action):  # type: ignore[misc]
    """Calls `perform` with the action's parameters; a `PaasError` becomes a failed result, not a traceback."""

    def run(self, **parameters: Any) -> tuple[bool, dict[str, Any]]:
        """Run the action.

        Parameters that were not given (None) are left out, so that `perform` keeps its own defaults.

        Returns:
            `(True, result)`, or `(False, {error, message, ...})`.
        """
        try:
            return True, self.perform(**{name: value for name, value in parameters.items() if value is not None})
        except PaasError as error:
            return False, inert(error.as_result())
        except Exception as error:  # noqa: BLE001 - the last door; a library's message may quote what it was sent
            frames = traceback.extract_tb(error.__traceback__)
            self.logger.error("unexpected %s at\n%s", type(error).__name__, "".join(traceback.format_list(frames)))
            where = f"{frames[-1].name}, line {frames[-1].lineno}" if frames else "an unknown place"
            return False, {
                "error": type(error).__name__,
                "message": f"{type(error).__name__} in {where}; the stack is in stderr. This is a defect of the pack.",
            }

    def perform(self, **parameters: Any) -> dict[str, Any]:
        """What the action does; each action overrides this."""
        raise AttributeError(f"{type(self).__name__} has no perform()")

    @property
    def settings(self) -> Settings:
        """The pack's configuration.

        Raises:
            ConfigError: It cannot be used.
        """
        return Settings.load(self.config)

    @property
    def references(self) -> References:
        """Fetches secrets from the datastore (decrypted), files or the environment."""
        return References(self._from_datastore)

    def kube(self, cluster: str) -> Client:
        """A client of a cluster's API server.

        Raises:
            ConfigError: The cluster is not configured, or cannot be.
        """
        from paas import kube

        return kube.connect(self.settings.cluster(cluster), self.references)

    def vault_of(self, cluster: str) -> Vault:
        """The Vault that belongs to a cluster.

        Raises:
            ConfigError: The cluster has none.
        """
        from paas import vault

        return vault.connect(self.settings.vault_of(cluster), self.references)

    def consul_of(self, cluster: str) -> Consul:
        """The Consul that belongs to a cluster.

        Raises:
            ConfigError: The cluster has none.
        """
        from paas import consul

        return consul.connect(self.settings.consul_of(cluster), self.references)

    def consul(self, profile: str) -> Consul:
        """The Consul of a profile.

        Raises:
            ConfigError: There is no such profile.
        """
        from paas import consul

        return consul.connect(self.settings.consul(profile), self.references)

    def vault(self, profile: str) -> Vault:
        """The Vault of a profile.

        Raises:
            ConfigError: There is no such profile.
        """
        from paas import vault

        return vault.connect(self.settings.vault(profile), self.references)

    @property
    def aws(self) -> Aws:
        """The AWS account."""
        from paas import aws

        return aws.connect(self.settings.aws, self.references)

    def _from_datastore(self, name: str) -> str | None:
        value = self.action_service.get_value(name, local=False, decrypt=True)
        return None if value is None else str(value)


def inert(value: Any) -> Any:
    """The same value with its texts broken where Jinja or YAQL would begin.

    A workflow hands a result on as a parameter, which StackStorm renders once more, the datastore within reach: the
    text of an object or of a server must not become a template there.
    """
    if isinstance(value, str):
        return re.sub(r"\{(?=[{%#])|<(?=%)", lambda found: f"{found.group()} ", value)
    if isinstance(value, dict):
        return {key: inert(each) for key, each in value.items()}
    if isinstance(value, list):
        return [inert(each) for each in value]
    return value

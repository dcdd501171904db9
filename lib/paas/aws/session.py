"""One signed-in AWS account."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any

from paas.aws.failures import translated
from paas.references import References
from paas.settings import AwsSettings

# botocore retries throttling, 5xx and broken connections itself, with jitter ("standard" mode).
_ATTEMPTS = 3
_ROLE_SESSION_SECONDS = 3600
# A cutover may take longer than its role's keys last: they are fetched anew while the old ones still work.
_RENEWED_AFTER = _ROLE_SESSION_SECONDS - 600


def connect(settings: AwsSettings, references: References) -> Aws:
    """Prepare the account's services; nothing is sent before the first call."""
    return Aws(settings, references)


class Aws:
    """Calls AWS operations by name.

    Args:
        settings: Region, role and address.
        references: Where the keys named by the settings are fetched from.
    """

    def __init__(self, settings: AwsSettings, references: References) -> None:
        self._settings = settings
        self._references = references
        self._clients: dict[str, Any] = {}
        self._session: Any = None
        self._session_ends = float("inf")

    def call(self, service: str, operation: str, *, target: str, **request: Any) -> dict[str, Any]:
        """Call one operation.

        Args:
            service: boto3's name of the service, such as `rds`.
            operation: boto3's name of the operation, such as `create_db_instance`.
            target: The object as a person would name it, for errors.
            **request: The operation's own parameters.

        Returns:
            AWS's answer.

        Raises:
            ServerError: Or one of its kinds; `words` are AWS's code and message.
        """
        with translated(service=service, operation=operation, target=target):
            answer: dict[str, Any] = getattr(self._client(service), operation)(**request)
            return answer

    def each(
        self, service: str, operation: str, items: str, *, target: str, **request: Any
    ) -> Iterator[dict[str, Any]]:
        """Yield every item of every page of a listing operation, one page in memory at a time.

        Args:
            service: As in `call`.
            operation: As in `call`.
            items: The key of the answer that holds the items, such as `DBInstances`.
            target: As in `call`.
            **request: As in `call`.

        Raises:
            ServerError: As in `call`.
        """
        with translated(service=service, operation=operation, target=target):
            for page in self._client(service).get_paginator(operation).paginate(**request):
                yield from page.get(items) or ()  # S3 leaves an empty list out

    def _client(self, service: str) -> Any:
        if time.monotonic() >= self._session_ends:
            self._session = None
            self._clients.clear()
        if self._session is None:
            self._session = self._signed_in()
        if service not in self._clients:
            self._clients[service] = self._session.client(service, **self._options())
        return self._clients[service]

    def _options(self) -> dict[str, Any]:
        from botocore.config import Config

        # At DEBUG botocore logs the body of every request, a new database's password included.
        logging.getLogger("botocore").setLevel(logging.INFO)
        timeout = self._settings.timeout
        return {
            "region_name": self._settings.region,
            "endpoint_url": self._settings.endpoint_url,
            "verify": self._settings.ca_file,
            "config": Config(
                connect_timeout=min(timeout, 10),
                read_timeout=timeout,
                retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            ),
        }

    def _signed_in(self) -> Any:
        """A session with the settings' keys or role; one for all services, since each reads botocore's models anew."""
        import boto3

        keys = {
            name: self._references.fetch(reference, key=f"aws.{name}").reveal()
            for name in ("access_key_id", "secret_access_key")
            if (reference := getattr(self._settings, name))
        }
        own = boto3.Session(
            region_name=self._settings.region,
            aws_access_key_id=keys.get("access_key_id"),
            aws_secret_access_key=keys.get("secret_access_key"),
        )
        if not self._settings.role_arn:
            return own
        self._session_ends = time.monotonic() + _RENEWED_AFTER
        return self._assume(own, self._settings.role_arn)

    def _assume(self, own: Any, role_arn: str) -> Any:
        import boto3

        request: dict[str, Any] = {
            "RoleArn": role_arn,
            "RoleSessionName": "stackstorm-kubernetes",
            "DurationSeconds": _ROLE_SESSION_SECONDS,
        }
        if self._settings.external_id:
            request["ExternalId"] = self._references.fetch(self._settings.external_id, key="aws.external_id").reveal()
        with translated(service="sts", operation="assume_role", target=role_arn):
            lent = own.client("sts", **self._options()).assume_role(**request)["Credentials"]
        return boto3.Session(
            region_name=self._settings.region,
            aws_access_key_id=lent["AccessKeyId"],
            aws_secret_access_key=lent["SecretAccessKey"],
            aws_session_token=lent["SessionToken"],
        )

"""The datastore as actions and sensors see it, through the lab's API."""

import logging
import os
import sys
import urllib.parse

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
try:
    from lab_client import ApiError, Client
finally:
    sys.path.pop()

_LOG = logging.getLogger(__name__)
SYSTEM_SCOPE = "system"
_PAGE = 100


class KeyValuePair:
    """One item, as StackStorm's client has it."""

    def __init__(self, document):
        self.id = self.name = document["name"]
        self.value = document["value"]
        self.scope = document.get("scope")
        self.secret = document.get("secret", False)
        self.expire_timestamp = document.get("expire_timestamp")


class DatastoreService:
    """Reads and writes items; names with `local=True` are under `<pack>.<class>:`."""

    def __init__(self, *, api_url, token, pack, class_name):
        self._client = Client(api_url, token)
        self._prefix = f"{pack}.{class_name}:"

    def get_user_info(self):
        """Who the caller is to the lab."""
        return self._client.request("GET", "/user")

    def list_values(self, local=True, prefix=None, limit=None, offset=0):
        """Items whose names begin with a prefix, a page of them; secrets as ciphertext."""
        start = (self._prefix if local else "") + (prefix or "")
        query = urllib.parse.urlencode({"prefix": start, "limit": limit or _PAGE, "offset": offset or 0})
        return [KeyValuePair(each) for each in self._client.request("GET", f"/keys?{query}")]

    def get_value(self, name, local=True, scope=SYSTEM_SCOPE, decrypt=False):
        """One value, or None where there is none or it cannot be read."""
        _check(scope)
        query = urllib.parse.urlencode({"decrypt": str(bool(decrypt)).lower(), "scope": scope})
        try:
            return self._client.request("GET", f"/keys/{self._name(name, local)}?{query}")["value"]
        except (ApiError, OSError) as error:
            if getattr(error, "status", 0) != 404:
                _LOG.warning("the datastore's value %r could not be read: %s", name, error)
            return None

    def set_value(self, name, value, ttl=None, local=True, scope=SYSTEM_SCOPE, encrypt=False):
        """Write one value as a string.

        Raises:
            ApiError: The lab refused it.
        """
        _check(scope)
        body = {"value": str(value), "scope": scope, "secret": bool(encrypt), **({"ttl": ttl} if ttl else {})}
        self._client.request("PUT", f"/keys/{self._name(name, local)}", body)
        return True

    def delete_value(self, name, local=True, scope=SYSTEM_SCOPE):
        """Delete one value; False where it was not there."""
        _check(scope)
        try:
            self._client.request("DELETE", f"/keys/{self._name(name, local)}?scope={scope}")
        except (ApiError, OSError):
            return False
        return True

    def _name(self, name, local):
        return urllib.parse.quote(f"{self._prefix}{name}" if local else name, safe="")


def _check(scope):
    if scope != SYSTEM_SCOPE:
        raise ValueError(f"Scope {scope} is unsupported.")

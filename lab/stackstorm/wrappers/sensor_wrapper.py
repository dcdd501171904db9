"""The process of one sensor: monkey-patched by eventlet before anything else, as StackStorm's is.

Nothing of the lab can be imported here but the files beside it.
"""

import sys

import eventlet

eventlet.monkey_patch(os=True, select=True, socket=True, thread=True, time=True)

import argparse  # noqa: E402 - after the patching
import atexit  # noqa: E402
import importlib.util  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import select  # noqa: E402
import subprocess  # noqa: E402

select.poll = eventlet.patcher.original("select").poll  # eventlet removes it; StackStorm puts the blocking one back
subprocess.select = select

BESIDE = sys.path[0]
from lab_client import ApiError, Client  # noqa: E402
from lab_datastore import DatastoreService  # noqa: E402

sys.path.remove(BESIDE)  # this folder must not hide a module of the pack
if __name__ == "__main__":
    sys.path.append(os.path.join(os.path.dirname(BESIDE), "lent"))  # last: a real st2reactor wins

LONG_POLL = 20
RETRY = 1.0


class SensorService:
    """What `self.sensor_service` is: dispatching, the datastore, loggers."""

    def __init__(self, client, datastore, logger):
        self._client = client
        self._logger = logger
        self.datastore_service = datastore

    def get_logger(self, name):
        """A logger under the sensor's own name."""
        return logging.getLogger(f"{self._logger.name}.{name}")

    def get_user_info(self):
        """Who the sensor is to the lab."""
        return self.datastore_service.get_user_info()

    def dispatch(self, trigger, payload=None, trace_tag=None):
        """Say that a trigger occurred; one whose payload does not fit is logged and not dispatched."""
        return self.dispatch_with_context(trigger, payload, {"trace_tag": trace_tag} if trace_tag else None)

    def dispatch_with_context(self, trigger, payload=None, trace_context=None):
        """Say that a trigger occurred."""
        body = {"trigger": trigger, "payload": payload, "trace_context": trace_context}
        try:
            self._client.request("POST", "/triggerinstances", body)
        except ApiError as error:
            if error.status not in (400, 404):
                raise
            self._logger.warning("trigger %s is not dispatched: %s", trigger, error)

    def list_values(self, local=True, prefix=None, limit=None, offset=None):
        """The datastore's items."""
        return self.datastore_service.list_values(local=local, prefix=prefix, limit=limit, offset=offset)

    def get_value(self, name, local=True, scope="system", decrypt=False):
        """One value, or None."""
        return self.datastore_service.get_value(name, local=local, scope=scope, decrypt=decrypt)

    def set_value(self, name, value, ttl=None, local=True, scope="system", encrypt=False):
        """Write one value."""
        return self.datastore_service.set_value(name, value, ttl=ttl, local=local, scope=scope, encrypt=encrypt)

    def delete_value(self, name, local=True, scope="system"):
        """Delete one value."""
        return self.datastore_service.delete_value(name, local=local, scope=scope)


def load_class(path, class_name):
    """The sensor's class; the entry file's folder goes last on sys.path, and its module is in no sys.modules."""
    folder = os.path.dirname(os.path.realpath(path))
    if folder not in (entry.rstrip("/") for entry in sys.path):
        sys.path.append(folder)
    spec = importlib.util.spec_from_file_location(os.path.splitext(os.path.basename(path))[0], path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, class_name)


class TriggerWatcher:
    """Tells the sensor which triggers there are, and which come and go."""

    def __init__(self, client, sensor, types, logger):
        self._client = client
        self._sensor = sensor
        self._types = types
        self._logger = logger
        self._known = {}

    def run(self):
        """Ask the lab for changes, again and again, for as long as the process lives."""
        since = 0
        while True:
            try:
                path = f"/triggers/changes?types={','.join(self._types)}&since={since}&timeout={LONG_POLL}"
                answer = self._client.request("GET", path, timeout=LONG_POLL + 15)
            except (ApiError, OSError) as error:
                self._logger.warning("the triggers could not be asked for: %s", error)
                eventlet.sleep(RETRY)
                continue
            since = answer["since"]
            for change in answer["changes"]:
                self._tell(change["what"], change["trigger"])

    def _tell(self, what, trigger):
        known = trigger["id"] in self._known
        if what == "delete":
            if not known:
                return
            del self._known[trigger["id"]]
            method = self._sensor.remove_trigger
        else:
            self._known[trigger["id"]] = trigger
            method = self._sensor.update_trigger if known else self._sensor.add_trigger
        try:
            method(trigger)
        except Exception:
            self._logger.exception("the sensor failed on %s of trigger %s", what, trigger["ref"])


def end_with_parent(parent):
    """Kill this process when the lab is gone, however the lab ended."""
    while os.getppid() == parent:
        eventlet.sleep(2)
    os._exit(1)


def main():
    """Run the sensor that argv names."""
    parser = argparse.ArgumentParser()
    for name in ("pack", "file-path", "class-name"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--trigger-type-refs", default="")
    parser.add_argument("--poll-interval", type=float)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logger = logging.getLogger(f"SensorWrapper.{arguments.pack}.{arguments.class_name}")
    url, token = os.environ["ST2_ACTION_API_URL"], os.environ["ST2_ACTION_AUTH_TOKEN"]
    client = Client(url, token)
    datastore = DatastoreService(api_url=url, token=token, pack=arguments.pack, class_name=arguments.class_name)

    from st2reactor.sensor.base import PollingSensor

    found = load_class(arguments.file_path, arguments.class_name)
    given = {
        "sensor_service": SensorService(client, datastore, logger),
        "config": client.request("GET", f"/configs/{arguments.pack}?resolved=true"),
    }
    if arguments.poll_interval and issubclass(found, PollingSensor):
        given["poll_interval"] = arguments.poll_interval
    sensor = found(**given)

    # At a SIGTERM StackStorm's wrapper dies at once: `cleanup` is called only when `run` returns or raises.
    atexit.register(sensor.cleanup)
    eventlet.spawn(end_with_parent, os.getppid())
    types = [ref for ref in arguments.trigger_type_refs.split(",") if ref]
    if types:
        watcher = TriggerWatcher(Client(url, token), sensor, types, logger)
        eventlet.spawn(watcher.run)
    logger.info("setting up")
    sensor.setup()
    logger.info("running")
    sensor.run()


if __name__ == "__main__":
    main()

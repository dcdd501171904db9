"""One sensor in a process of its own, monkey-patched by eventlet as StackStorm's container does it.

`python sensor_process.py ENTRY_FILE CLASS DIRECTORY`. The directory has `config.json`; `triggers.json` (a list, read
again whenever it changes); `refuse`, while which exists every dispatch raises. It gets `events.jsonl` (what was
dispatched), `datastore/` (a file a key) and `started`.
"""

import eventlet

eventlet.monkey_patch(os=True, select=True, socket=True, thread=True, time=True)

import atexit  # noqa: E402 - after the patching
import importlib.util  # noqa: E402
import json  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402


class SensorService:
    """What `self.sensor_service` is, over files."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.datastore = directory / "datastore"
        self.datastore.mkdir(exist_ok=True)
        self.events = os.open(directory / "events.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def get_logger(self, name):
        return logging.getLogger(name)

    def dispatch(self, trigger, payload=None, trace_tag=None):
        if (self.directory / "refuse").exists():
            raise ConnectionError("the broker is away")
        line = {"trigger": trigger, "payload": payload, "at": time.time(), "pid": os.getpid()}
        os.write(self.events, json.dumps(line).encode() + b"\n")

    def get_value(self, name, local=True, scope="system", decrypt=False):
        assert not local
        try:
            return (self.datastore / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def set_value(self, name, value, ttl=None, local=True, scope="system", encrypt=False):
        assert not local
        beside = self.datastore / f".{name}"
        beside.write_text(value, encoding="utf-8")
        beside.replace(self.datastore / name)

    def delete_value(self, name, local=True, scope="system"):
        assert not local
        (self.datastore / name).unlink(missing_ok=True)


def watch_triggers(sensor, path: Path) -> None:
    """Tell the sensor of the triggers in the file, and of their coming and going."""
    known = {}
    while True:
        try:
            wanted = {trigger["ref"]: trigger for trigger in json.loads(path.read_text())}
        except (FileNotFoundError, ValueError):
            wanted = known
        for ref in known.keys() - wanted.keys():
            sensor.remove_trigger(known[ref])
        for ref, trigger in wanted.items():
            if ref not in known:
                sensor.add_trigger(trigger)
            elif known[ref] != trigger:
                sensor.update_trigger(trigger)
        known = wanted
        eventlet.sleep(0.1)


def main(entry_file: str, class_name: str, directory: Path) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # As StackStorm's loader: the entry file's own folder is last on sys.path, its module in no sys.modules.
    sys.path.append(str(Path(entry_file).resolve().parent))
    spec = importlib.util.spec_from_file_location("sensor", entry_file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    config = json.loads((directory / "config.json").read_text())
    sensor = getattr(module, class_name)(sensor_service=SensorService(directory), config=config)
    atexit.register(sensor.cleanup)
    eventlet.spawn(watch_triggers, sensor, directory / "triggers.json")
    sensor.setup()
    (directory / "started").write_text(str(os.getpid()))
    sensor.run()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))

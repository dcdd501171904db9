"""The process of one Python action: loads its class, runs it, and prints what it returned between two delimiters.

It runs with the pack's import paths, so nothing of the lab can be imported here but the files beside it.
"""

import argparse
import os
import select
import sys
import sysconfig

import orjson

BESIDE = sys.path.pop(0)  # this folder must not hide a module of the pack
sys.path.insert(0, sysconfig.get_path("platlib"))  # the pack's virtualenv first
DELIMITER = b"%%%%%~=~=~=************=~=~=~%%%%"
INVALID_STATUS = 220
STDIN_TIMEOUT = 2

if __name__ == "__main__":
    sys.path.append(os.path.join(os.path.dirname(BESIDE), "lent"))  # last: a real st2common wins

from st2common.runners.utils import get_action_class_instance  # noqa: E402 - after the path is set


class ActionService:
    """What `self.action_service` is: the datastore, imported and connected only when it is first used."""

    def __init__(self, *, pack, class_name, log_level):
        self._pack = pack
        self._class_name = class_name
        self._log_level = log_level
        self._action_wrapper = self  # where the base class looks for the pack's name and the log level
        self._service = None

    @property
    def datastore_service(self):
        """The datastore, through the lab's API."""
        if self._service is None:
            sys.path.append(BESIDE)
            try:
                from lab_datastore import DatastoreService
            finally:
                sys.path.remove(BESIDE)
            self._service = DatastoreService(
                api_url=os.environ["ST2_ACTION_API_URL"],
                token=os.environ["ST2_ACTION_AUTH_TOKEN"],
                pack=self._pack,
                class_name=self._class_name,
            )
        return self._service

    def get_user_info(self):
        """Who the action runs as."""
        return self.datastore_service.get_user_info()

    def list_values(self, local=True, prefix=None, limit=None, offset=None):
        """The datastore's items."""
        return self.datastore_service.list_values(local=local, prefix=prefix, limit=limit, offset=offset or 0)

    def get_value(self, name, local=True, scope="system", decrypt=False):
        """One value, or None."""
        return self.datastore_service.get_value(name, local=local, scope=scope, decrypt=decrypt)

    def set_value(self, name, value, ttl=None, local=True, scope="system", encrypt=False):
        """Write one value."""
        return self.datastore_service.set_value(name, value, ttl=ttl, local=local, scope=scope, encrypt=encrypt)

    def delete_value(self, name, local=True, scope="system"):
        """Delete one value."""
        return self.datastore_service.delete_value(name, local=local, scope=scope)


def load_class(path):
    """The alphabetically first class of the entry file that has `run`; its folder goes last on sys.path."""
    import importlib.util
    import inspect
    import traceback

    folder = os.path.dirname(os.path.realpath(path))
    if folder not in (entry.rstrip("/") for entry in sys.path):
        sys.path.append(folder)
    name = os.path.splitext(os.path.basename(path))[0]
    try:
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except Exception as error:  # noqa: BLE001 - told with its traceback, as StackStorm does
        raise type(error)(
            f'Failed to load action class from file "{path}" (action file most likely doesn\'t exist or contains '
            f"invalid syntax): {error}\n\n{traceback.format_exc()}"
        ) from None
    for _, found in inspect.getmembers(module, inspect.isclass):
        run = getattr(found, "run", None) if found.__module__ == name else None
        if inspect.isfunction(run) and not getattr(run, "__isabstractmethod__", False):
            return found
    raise Exception(f'Found no classes in plugin file "{path}" matching requirements.')


def printable(output):
    """What `run` returned, as the bytes that go between the delimiters."""
    status, result = output if isinstance(output, tuple) and len(output) == 2 else (None, output)
    if status is not None and not isinstance(status, bool):
        sys.stderr.write(f"Status returned from the action run() method must either be True or False, got: {status}\n")
        sys.stderr.write(
            "An action that returns two values either returns them as a list, or as (True, (first, second)).\n"
        )
        sys.exit(INVALID_STATUS)
    if status is not None:
        try:
            orjson.dumps(result)
        except TypeError:
            result = str(result)
    document = {"result": result, "status": status}
    try:
        return orjson.dumps(document)
    except Exception:  # noqa: BLE001 - what is no JSON is printed as Python prints it
        return str(document).encode()


def parameters_of(arguments):
    """The action's parameters, from argv or from stdin."""
    if not arguments.stdin_parameters:
        return orjson.loads(arguments.parameters) if arguments.parameters else {}
    if not select.select([sys.stdin], [], [], STDIN_TIMEOUT)[0]:
        raise ValueError("No input received and timed out while waiting for parameters from stdin")
    return orjson.loads(sys.stdin.readline().strip())["parameters"]


def main():
    """Run the action that argv names."""
    parser = argparse.ArgumentParser()
    for name in ("pack", "file-path"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("config", "parameters", "user"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--stdin-parameters", action="store_true")
    parser.add_argument("--log-level", default="DEBUG")
    arguments = parser.parse_args()
    parameters = parameters_of(arguments)
    found = load_class(arguments.file_path)
    service = ActionService(pack=arguments.pack, class_name=found.__name__, log_level=arguments.log_level)
    config = orjson.loads(arguments.config) if arguments.config else {}
    action = get_action_class_instance(action_cls=found, config=config, action_service=service)
    output = printable(action.run(**parameters))
    sys.stdout.flush()
    sys.stdout.buffer.write(DELIMITER + output + b"\n" + DELIMITER)
    sys.stdout.flush()


if __name__ == "__main__":
    main()

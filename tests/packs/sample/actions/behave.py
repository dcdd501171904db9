import json
import sys
import time

from st2common.runners.base_action import Action


class Behave(Action):
    def run(self, how):
        return getattr(self, how)()

    def fail(self):
        return False, {"why": "told to"}

    def explode(self):
        raise RuntimeError("told to explode")

    def set(self):
        return True, {"a": {1}}

    def integer_keys(self):
        return True, {1: "one"}

    def nan(self):
        return True, {"x": float("nan")}

    def huge(self):
        return True, {"x": 2**65}

    def plain(self):
        return ["no", "status"]

    def nothing(self):
        return None

    def odd_status(self):
        return "yes", 1

    def odd_plain(self):
        return {1, 2}

    def sleep(self):
        print("begun", flush=True)
        time.sleep(60)

    def where(self):
        return True, {"path": sys.path, "modules": sorted(name for name in sys.modules if name.startswith("lab"))}

    def store(self):
        service = self.action_service
        service.set_value("mine", "1")
        service.set_value("shared", "s3cret", local=False, encrypt=True)
        return True, {
            "mine": service.get_value("mine"),
            "plain": service.get_value("shared", local=False, decrypt=True),
            "cipher": service.get_value("shared", local=False) != "s3cret",
            "none": service.get_value("no such key"),
            "names": [pair.name for pair in service.list_values(local=False)],
            "deleted": [service.delete_value("mine"), service.delete_value("mine")],
            "json": json.dumps(1),
        }

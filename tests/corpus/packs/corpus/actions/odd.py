import os
import signal
import time

from st2common.runners.base_action import Action


class Odd(Action):
    """Returns what JSON cannot hold, and worse."""

    def run(self, how):
        if how == "sleep":
            print("begun", flush=True)
            time.sleep(60)
        if how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        kinds = {
            "set": (True, {"a": {1}}),
            "integer keys": (True, {1: "one"}),
            "nan": (True, {"x": float("nan")}),
            "64 bits": (True, {"x": 2**63}),
            "65 bits": (True, {"x": 2**65}),
            "tuple": (True, {"x": (1, 2)}),
            "bytes": (True, {"x": b"1"}),
            "none": None,
            "text": "just text",
            "json text": '{"a": 1}',
            "true none": (True, None),
            "false none": (False, None),
            "three": (1, 2, 3),
            "two": [1, 2],
            "odd status": ("yes", 1),
            "plain set": {1, 2},
            "empty": (True, {}),
            "refused": (False, {"error": "Refused", "message": 'it\'s "no" to {{ this }} and <% that %>'}),
        }
        return kinds[how]

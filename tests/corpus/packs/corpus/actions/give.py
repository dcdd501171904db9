import json

from st2common.runners.base_action import Action


class Give(Action):
    """Gives its parameters back; what `result` says is the result where it is given."""

    def run(self, **parameters):
        self.logger.info("giving")
        result = parameters.pop("result")
        good = parameters.pop("good")
        if parameters.pop("config"):
            return True, dict(self.config)
        if parameters.get("text") == "raise":
            raise ValueError("told to raise")
        print("a line")
        return good, parameters if result is None else json.loads(result)

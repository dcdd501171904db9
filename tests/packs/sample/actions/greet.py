from sample_lib.words import join
from st2common.runners.base_action import Action


class Greet(Action):
    def run(self, who, times, password, extra, tags):
        self.logger.info("greeting %s", who)
        print(f"greeting {who}", flush=True)
        return True, {"text": join([self.config["greeting"], who] * times), "extra": extra, "tags": tags}

import time

from st2reactor.sensor.base import Sensor


class CornerSensor(Sensor):
    def setup(self):
        pass

    def run(self):
        while True:
            time.sleep(1)
            if self.sensor_service.get_value("die", local=False):
                raise RuntimeError("told to die")

    def cleanup(self):
        self.sensor_service.set_value("cleaned", "yes", local=False)

    def add_trigger(self, trigger):
        corner = trigger["parameters"]["corner"]
        self.sensor_service.dispatch(trigger["ref"], {"corner": corner, "config": self.config["greeting"]})

    def update_trigger(self, trigger):
        pass

    def remove_trigger(self, trigger):
        self.sensor_service.set_value("removed", trigger["parameters"]["corner"], local=False)

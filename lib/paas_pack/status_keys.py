"""Where the sensors publish how their watches are doing, and which sensors do."""

#: Name of the datastore's key; the sensor's class name follows.
STATUS_KEY = "kubernetes.watch_status."
WATCHING_SENSORS = ("ThirdPartyResourceSensor", "ResourceWatchSensor")

from tests.integration.consul_sync.two import guarded, guarded_two, lasting_two, own_two, shared, two

__all__ = ["guarded", "guarded_two", "lasting_two", "own_two", "shared", "two"]

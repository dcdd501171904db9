"""The pack's logic. It knows nothing of StackStorm; each room has one door, its `__init__`."""

"""The StackStorm side of the door: what the pack's entry files share, and nothing of the logic."""

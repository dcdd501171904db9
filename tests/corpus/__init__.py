"""What the lab's StackStorm and the real one must do alike, and what the real one did."""

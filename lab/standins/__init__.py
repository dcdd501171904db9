"""Small servers that speak the real ones' protocols over real sockets, and can be told to fail."""

"""Stand-ins for the outside world: both providers over real sockets, and the demo. Nothing shipped imports it."""

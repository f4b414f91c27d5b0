"""What the end-to-end tests stand on: a server process, real clients, and checkers of what goes over the wire."""

"""Ports for programs that several tests start at the same time."""

import random
import socket


def free_port():
    """Below what the kernel gives to outgoing connections, and at random: stations that start at the same time do not meet."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port

"""Choose a port of the loopback interface."""

import socket

from .console import Stop


def free_port(wanted=0):
    """Return the wanted port if it is free, or any free one when none is wanted."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except (OSError, OverflowError) as error:
            raise Stop(f"Port {wanted} cannot be used ({error}): choose another.") from error
        return probe.getsockname()[1]


def answers(port):
    """Tell whether something listens on a port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0

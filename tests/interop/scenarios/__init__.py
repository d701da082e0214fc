"""Scenarios by name, in the order they are run. Each takes a stand whose station is idle, and leaves it idle."""

ALL = {}


def scenario(function):
    ALL[function.__name__] = function
    return function


from scenarios import boot, device_model, charge, remote, offline, reset  # noqa: E402,F401  (they register themselves)

"""The cases, by their ids."""

CASES = {}
SETTINGS = {}


def case(identifier, shows="", fresh=True, **settings):
    """Registers an async function of one argument, a Station. `shows` are the requirements that its passing shows. Without
    `fresh` it starts the station itself. `settings` change the World before it starts."""

    def register(function):
        if identifier in CASES:
            raise ValueError(f"there are two cases {identifier}")
        CASES[identifier] = function
        SETTINGS[identifier] = (fresh, settings)
        return function

    return register

class Bulk:
    """What thousands of new records have in common, remembered while they are created.

    It travels in the context under the key ``service_bulk``; contexts are compared by identity.
    """

    def __init__(self):
        self._found = {}

    def remember(self, key, find):
        """Return what ``find()`` said when the key was first asked for."""
        if key not in self._found:
            self._found[key] = find()
        return self._found[key]

"""Deal the classes of tests to the processes that run them."""

import json
import os
import random
import statistics
from collections import deque

UNKNOWN = 5.0  # seconds, where nothing is known of any class


class Durations:
    """How long each class took when it last ran, kept in a file."""

    def __init__(self, path):
        self._path = path
        try:
            self._known = json.loads(path.read_text())
        except (OSError, ValueError):
            self._known = {}

    def get(self, name):
        """Return the seconds of a class; of one that never ran, those of a usual one."""
        return self._known.get(name) or self._get_usual()

    def keep(self, seconds):
        """Remember what classes took now; another command may have done so meanwhile."""
        self._known = {**Durations(self._path)._known, **seconds}
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        part.write_text(json.dumps(self._known, indent=1, sort_keys=True))
        part.replace(self._path)

    def _get_usual(self):
        return statistics.median(self._known.values()) if self._known else UNKNOWN


class Deck:
    """The classes that wait: one heap for all processes, or a hand for each."""

    def __init__(self, *hands):
        self._hands = [deque(hand) for hand in hands]

    def draw(self, hand):
        """Return the next class of a hand, or None."""
        waiting = self._get(hand)
        return waiting.popleft() if waiting else None

    def wait(self, hand):
        """Return the classes that wait for a hand."""
        return list(self._get(hand))

    def _get(self, hand):
        return self._hands[hand % len(self._hands)]


def by_weight(names, durations):
    """Return one heap: who is free draws the heaviest class that is left.

    >>> deck = by_weight(["a", "b", "c"], {"a": 1.0, "b": 9.0, "c": 5.0})
    >>> [deck.draw(0), deck.draw(1), deck.draw(0), deck.draw(1)]
    ['b', 'c', 'a', None]
    """
    return Deck(sorted(names, key=lambda name: (-durations.get(name), name)))


def at_random(names, seed, processes):
    """Return a hand for each process: the same seed gives each the same classes in one order."""
    shuffled = sorted(names)
    random.Random(seed).shuffle(shuffled)
    return Deck(*(shuffled[first::processes] for first in range(processes)))

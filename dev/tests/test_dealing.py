"""Classes are dealt by what they last took, or at random by a seed."""

import tempfile
import unittest
from pathlib import Path

from workshop import dealing


class TestDurations(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.path = Path(scratch.name) / "durations.json"

    def test_class_that_never_ran_takes_what_is_usual(self):
        self.assertEqual(dealing.Durations(self.path).get("TestA"), dealing.UNKNOWN)
        dealing.Durations(self.path).keep({"TestA": 1.0, "TestB": 2.0, "TestC": 30.0})
        known = dealing.Durations(self.path)
        self.assertEqual((known.get("TestC"), known.get("TestNew")), (30.0, 2.0))

    def test_what_another_command_kept_meanwhile_stays(self):
        first = dealing.Durations(self.path)
        dealing.Durations(self.path).keep({"TestA": 1.0})
        first.keep({"TestB": 2.0})
        known = dealing.Durations(self.path)
        self.assertEqual((known.get("TestA"), known.get("TestB")), (1.0, 2.0))

    def test_damaged_file_counts_as_none(self):
        self.path.write_text("{")
        self.assertEqual(dealing.Durations(self.path).get("TestA"), dealing.UNKNOWN)


class TestDeck(unittest.TestCase):
    def draw_all(self, deck, hand):
        return list(iter(lambda: deck.draw(hand), None))

    def test_whoever_is_free_draws_the_heaviest(self):
        deck = dealing.by_weight(["a", "b", "c", "d"], {"a": 1.0, "b": 9.0, "c": 5.0, "d": 5.0})
        self.assertEqual([deck.draw(0), deck.draw(1), deck.draw(1)], ["b", "c", "d"])
        self.assertEqual(deck.wait(0), ["a"])
        self.assertEqual(deck.wait(1), ["a"])
        self.assertEqual(self.draw_all(deck, 1), ["a"])

    def test_seed_gives_each_process_the_same_hand_again(self):
        names = [f"Test{number}" for number in range(9)]
        hands = [self.draw_all(dealing.at_random(names, 1, 2), hand) for hand in (0, 1)]
        again = dealing.at_random(reversed(names), 1, 2)
        self.assertEqual([self.draw_all(again, hand) for hand in (1, 0)], hands[::-1])
        self.assertEqual(sorted(hands[0] + hands[1]), names)
        self.assertNotEqual(hands[0], self.draw_all(dealing.at_random(names, 2, 2), 0))

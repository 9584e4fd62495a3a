"""What differs with the add-on is told, but for the statements that have a reason."""

import unittest

from workshop import footprint

PLAIN = {
    "documents": {"invoice": ["<p>1</p>"]},
    "pages": {"invoice": ["1"]},
    "routes": {"project, None": {"routes": [["project.task", False]]}},
    "statements": {"mandate: create": {"INSERT account_banking_mandate": 1}, "order: write": {}},
}


def changed(kind, name, value):
    """Return what was found in the second database."""
    with_reasons = {**PLAIN["statements"]}
    for what in with_reasons:
        with_reasons[what] = {**with_reasons[what], **footprint.allowed(what)}
    installed = {**PLAIN, "statements": with_reasons}
    return {**installed, kind: {**installed[kind], name: value}}


class TestFootprint(unittest.TestCase):
    def differences(self, kind, name, value):
        found = footprint.compare(PLAIN, changed(kind, name, value))
        return {what: words for what, words in found.items() if words}

    def test_the_same(self):
        self.assertEqual(self.differences("pages", "invoice", ["1"]), {})

    def test_each_kind_is_compared(self):
        for kind, name in (
            ("documents", "invoice"),
            ("pages", "invoice"),
            ("routes", "project, None"),
        ):
            found = self.differences(kind, name, ["other"])
            self.assertEqual(list(found), [f"{kind}, {name}"])

    def test_a_statement_without_a_reason(self):
        found = self.differences("statements", "order: write", {"SELECT service_contract": 1})
        self.assertEqual(found, {"order: write": "SELECT service_contract +1"})

    def test_a_reason_that_is_needed_no_more(self):
        plain = PLAIN["statements"]["mandate: create"]
        found = self.differences("statements", "mandate: create", plain)
        self.assertEqual(found, {"mandate: create": "SELECT account_banking_mandate -1"})

    def test_work_that_broke_off(self):
        found = self.differences("documents", "invoice", None)
        self.assertIn("became", found["documents, invoice"])

    def test_every_reason_is_about_something(self):
        for entry in footprint.ALLOWED:
            self.assertTrue(entry.reason and entry.statements)

"""Hundreds of damaged bank files: each is refused with its line or read, and nothing is changed."""

import random

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .. import bank_files
from .common import ReturnsCommon, attach

KINDS = (
    "pain.002.001.03",
    "pain.002.001.10",
    "camt.053.001.02",
    "camt.053.001.08",
    "camt.054.001.02",
    "camt.054.001.08",
)
PER_KIND = 40
WORDS = ("", "-1", "NaN", "9" * 30, "2026-02-30", "\u0000", "&x;", "<!--", "']]>", "DEBIT")
# What may change when a bank's file is refused: nothing.
KEPT = (
    "account.move",
    "account.move.line",
    "account.partial.reconcile",
    "account.payment",
    "ir.attachment",
    "mail.message",
    "payment.return",
    "payment.return.line",
    "service.bank.file",
    "service.exception",
)


class Damage:
    """Damages files, by a seed always in the same way."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.ways = (
            self.cut,
            self.flip,
            self.drop_bytes,
            self.double_bytes,
            self.say_otherwise,
            self.lose_element,
            self.move_element,
            self.double_element,
            self.rename_element,
            self.lose_attribute,
        )

    def damage(self, data, number):
        return self.ways[number % len(self.ways)](data)

    # ----- Bytes -----

    def cut(self, data):
        return data[: self.random.randrange(len(data))]

    def flip(self, data):
        damaged = bytearray(data)
        for _time in range(self.random.randint(1, 8)):
            damaged[self.random.randrange(len(damaged))] = self.random.randrange(256)
        return bytes(damaged)

    def drop_bytes(self, data):
        start, end = self._get_part(data)
        return data[:start] + data[end:]

    def double_bytes(self, data):
        start, end = self._get_part(data)
        return data[:end] + data[start:]

    def _get_part(self, data):
        start = self.random.randrange(len(data))
        return start, min(len(data), start + self.random.randint(1, 200))

    # ----- Elements -----

    def _choose(self, data):
        root = etree.fromstring(data)
        return root, self.random.choice(list(root.iter())[1:])

    def say_otherwise(self, data):
        root, chosen = self._choose(data)
        marked = chosen.text = "MARKED"
        word = self.random.choice(WORDS).encode()
        return etree.tostring(root).replace(marked.encode(), word)

    def lose_element(self, data):
        root, chosen = self._choose(data)
        chosen.getparent().remove(chosen)
        return etree.tostring(root)

    def move_element(self, data):
        root, chosen = self._choose(data)
        others = [one for one in root.iter() if chosen not in (one, *one.iterancestors())]
        self.random.choice(others).append(chosen)
        return etree.tostring(root)

    def double_element(self, data):
        root, chosen = self._choose(data)
        chosen.addnext(etree.fromstring(etree.tostring(chosen)))
        return etree.tostring(root)

    def rename_element(self, data):
        root, chosen = self._choose(data)
        chosen.tag = self.random.choice(["Ntry", "TxInfAndSts", "{urn:other}Amt", "GrpHdr"])
        return etree.tostring(root)

    def lose_attribute(self, data):
        root, chosen = self._choose(data)
        chosen = next((one for one in root.iter() if one.get("Ccy")), chosen)
        chosen.attrib.clear()
        return etree.tostring(root)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 10:00")
class TestBrokenFiles(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.moves = cls.create_invoices(cls.payers[:2], 39.0)

    def setUp(self):
        super().setUp()
        self.order = self.upload(self.moves)

    def make_file(self, kind):
        """Return a file of a kind that tells of the order's debits."""
        debits = [(one.memo, "46.80", "MS02") for one in self.order.payment_ids]
        if kind.startswith("pain"):
            return bank_files.status(debits, kind, message=self.order.name)
        return bank_files.account(debits, kind)

    def count_rows(self):
        """Return how much is stored of each model, and what is open."""
        self.env.flush_all()
        found = {}
        for name in KEPT:
            self.env.cr.execute(
                SQL("SELECT COUNT(*), MAX(id) FROM %s", SQL.identifier(self.env[name]._table))
            )
            found[name] = self.env.cr.fetchone()
        return found, self.moves.mapped("amount_residual"), self.order.payment_ids.mapped("state")

    def drop(self, data):
        """Drop a file; return the words of its refusal, or the file that was read."""
        env = self.env(user=self.user_accountant)
        attachment = attach(env, data)
        files = env["service.bank.file"]
        before = files.search([])
        try:
            action = files.create_document_from_attachment(attachment.ids)
        except UserError as error:
            attachment.unlink()
            return str(error), files
        words = "".join(action.get("context", {}).get("notifications", {}).values())
        return words, files.search([]) - before

    def test_each_is_refused_or_read(self):
        refused = read = 0
        for kind in KINDS:
            data, damage = self.make_file(kind), Damage(kind)
            before = self.count_rows()
            for number in range(PER_KIND):
                broken = damage.damage(data, number)
                with self.subTest(kind=kind, number=number):
                    with self.env.cr.savepoint() as undone:
                        words, file = self.drop(broken)
                        if file:
                            read += 1
                            self.check_read(file)
                            undone.rollback()
                            self.env.invalidate_all()
                        else:
                            refused += 1
                            self.assertRegex(words, r"(?i)line \d+|no readable XML")
                    self.assertEqual(self.count_rows(), before)
        self.assertGreaterEqual(refused + read, 240)
        self.assertGreater(refused, 100)

    def check_read(self, file):
        """Check that what was read of a damaged file books nothing, and debits that are ours."""
        self.assertEqual(set(self.moves.mapped("amount_residual")), {0})
        self.assertEqual(set(file.return_ids.mapped("state")) - {"imported"}, set())
        found = file.return_ids.line_ids.move_line_ids
        self.assertLessEqual(found.payment_id, self.order.payment_ids)
        self.assertEqual(len(found), len(set(found.ids)))

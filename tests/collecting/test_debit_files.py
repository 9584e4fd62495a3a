"""Files for the bank: ids of their own, kept, named and taken as the bank and a control want."""

from datetime import date

from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, HttpCase, tagged
from odoo.tools.misc import file_path

from ...tools import collection, sepa
from ..common import IBANS
from ..sepa.common import XSD
from .test_to_collect import PoolCommon


class FileCommon(PoolCommon):
    def make_order(self, *moves):
        moves = moves or (self.make_invoice(),)
        return self.collect_batches(self.open_batches(self.env["account.move"].union(*moves)))[0]

    def parse(self, order):
        raw = order.sudo().payment_file_id.raw
        self.assertEqual(sepa.validate_xsd(raw, file_path(XSD)), [])
        return etree.fromstring(raw)

    def find(self, order, path):
        return [node.text for node in self.parse(order).iterfind(f".//{{*}}{path}")]


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestDebitFiles(FileCommon):
    # ----- Ids -----

    def test_each_file_has_ids_of_its_own(self):
        order = self.make_order()
        ids = [set(), set(), set()]
        for generation in range(3):
            if generation:
                order.action_cancel()
                order.cancel2draft()
                order.draft2open()
                order.open2generated()
            for seen, path in zip(ids, ("MsgId", "PmtInfId", "EndToEndId"), strict=True):
                (found,) = self.find(order, path)
                self.assertNotIn(found, seen)
                self.assertLessEqual(len(found), 35)
                seen.add(found)
            self.assertEqual(self.find(order, "EndToEndId"), order.payment_ids.mapped("memo"))
        self.assertEqual(ids[0], {order.name, f"{order.name}-2", f"{order.name}-3"})

    def test_a_confirmation_without_a_file_uses_its_ids_up(self):
        order = self.make_order()
        for _time in range(2):
            order.action_cancel()
            order.cancel2draft()
            order.draft2open()
        order.open2generated()
        self.assertEqual(self.find(order, "MsgId"), [f"{order.name}-3"])

    # ----- Kept -----

    def test_every_file_is_kept(self):
        order = self.make_order()
        first = order.service_file_ids
        raw = order.sudo().payment_file_id.raw
        order.action_cancel()
        self.assertTrue(first.is_void)
        self.assertEqual(first.sudo()._get_raw(), raw)
        order.cancel2draft()
        order.draft2open()
        order.open2generated()
        second = order.service_file_ids - first
        self.assertEqual((len(order.service_file_ids), second.is_void), (2, False))
        self.assertEqual((second.number, second.amount), (1, 100))
        order.action_cancel()
        order.cancel2draft()
        order.unlink()
        self.assertEqual(first.order_name, first.message_id)
        self.assertEqual(first.sudo()._get_raw(), raw)

    def test_what_was_credited_since_is_not_given_out(self):
        """A file that nobody has debits no customer who owes nothing any more (invariant 2)."""
        other = self.create_customer("Other", iban=IBANS[1])
        order = self.make_order(self.make_invoice(), self.make_invoice(other))
        self.credit(other, 100)
        file = order.service_file_ids.with_user(self.user_accountant)
        for take in (file.action_download, file._take):
            with self.assertRaisesRegex(UserError, "Other has a credit of 100.00.*Make it anew"):
                take()
        self.assertFalse(file.download_count)
        order.action_make_anew()
        anew = self.get_orders_of(self.payer) - order
        self.assertEqual((anew.state, sum(anew.payment_ids.mapped("amount"))), ("generated", 100))
        self.take_files(anew)
        self.credit(self.payer, 100)
        self.take_files(anew)  # the bank may have it: it can be read again

    def get_orders_of(self, customer):
        orders = self.env["account.payment.line"].search([("partner_id", "=", customer.id)])
        return orders.order_id.with_user(self.user_accountant)

    def test_nobody_changes_a_file(self):
        file = self.make_order().service_file_ids
        for user in (self.user_accountant, self.user_manager):
            mine = file.with_user(user)
            with self.assertRaises(AccessError):
                mine.write({"is_void": True})
            with self.assertRaises(AccessError):
                mine.unlink()
            with self.assertRaises(AccessError):
                mine.read(["content"])
        with self.assertRaises(AccessError):
            file.order_id.with_user(self.user_accountant).read(["payment_file_datas"])

    def test_files_from_before_are_kept(self):
        """The ids of an order that was confirmed before are used up as well."""
        order = self.make_order()
        order.service_file_ids.sudo().unlink()
        self.store(order, service_generation=0)
        self.store(self.method_sdd, default_batch_booking=False)
        self.migrate("19.0.6.0.0/post-debit_files")
        file = order.service_file_ids
        self.assertEqual(file.sudo()._get_raw(), order.sudo().payment_file_id.raw)
        self.assertEqual((file.number, file.amount, file.name), (1, 100, f"{order.name}.xml"))
        self.assertTrue(self.method_sdd.default_batch_booking)
        order.action_cancel()
        order.cancel2draft()
        order.draft2open()
        order.open2generated()
        self.assertEqual(self.find(order, "MsgId"), [f"{order.name}-2"])
        self.migrate("19.0.6.0.0/post-debit_files")
        self.assertEqual(len(order.service_file_ids), 2)

    # ----- Named -----

    def test_the_bank_names_it(self):
        journal = self.method_sdd.journal_id
        journal.service_debit_file_pattern = "SDD_{scheme}_{ics}_{day}_{message}"
        order = self.make_order()
        name = f"SDD_CORE_FR78ZZZ424242_20260615_{order.name}.xml"
        self.assertEqual(order.service_file_ids.name, name)
        self.assertEqual(order.sudo().payment_file_id.name, name)

    def test_by_itself_it_is_named_by_its_message(self):
        order = self.make_order()
        self.assertEqual(order.service_file_ids.name, f"{order.name}.xml")

    def test_a_name_that_cannot_be(self):
        journal = self.method_sdd.journal_id
        for pattern in ("{nobody}", "{day.__class__}", "{day!r}", "{", "{0}"):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                journal.service_debit_file_pattern = pattern

    # ----- What stands in it -----

    def test_names_are_cut(self):
        self.payer.name = "A name of a firm that is much longer than what the scheme takes, " * 2
        order = self.make_order()
        names = self.find(order, "Dbtr/{*}Nm")
        self.assertEqual([len(name) for name in names], [70])

    def test_a_file_is_booked_at_once(self):
        order = self.make_order()
        self.assertEqual(self.find(order, "BtchBookg"), ["true"])
        method = self.env["account.payment.method.line"].create(
            {
                "name": "Apart",
                "payment_method_id": self.method_sdd.payment_method_id.id,
                "journal_id": self.method_sdd.journal_id.id,
                "default_batch_booking": False,
            }
        )
        self.assertFalse(method.default_batch_booking)

    def test_addresses_as_the_bank_takes_them(self):
        journal = self.method_sdd.journal_id
        cases = {
            "none": [],
            "town": ["TwnNm", "Ctry"],
            "structured": ["StrtNm", "PstCd", "TwnNm", "Ctry"],
            "hybrid": ["PstCd", "TwnNm", "Ctry", "AdrLine"],
        }
        for mode, names in cases.items():
            with self.subTest(mode):
                journal.service_debit_address = mode
                order = self.make_order()
                nodes = self.parse(order).iterfind(".//{*}Dbtr/{*}PstlAdr/*")
                self.assertEqual([etree.QName(node).localname for node in nodes], names)

    def test_an_address_that_is_needed_is_written(self):
        """An account outside the EEA: whatever the setting says (L15)."""
        self.method_sdd.journal_id.service_debit_address = "none"
        swiss = self.create_customer("Swiss", iban="CH9300762011623852957", city="Genève")
        order = self.make_order(self.make_invoice(swiss), self.make_invoice())
        towns = self.find(order, "Dbtr/{*}PstlAdr/{*}TwnNm")
        self.assertEqual(towns, ["Geneve"])

    # ----- At the bank -----

    def test_what_is_at_the_bank_is_not_cancelled(self):
        order = self.make_order()
        order.generated2uploaded()
        with self.assertRaisesRegex(UserError, "06/15/2026.*Bank Files"):
            order.action_cancel()
        view = etree.fromstring(order.get_view(view_type="form")["arch"])
        (button,) = view.xpath("//button[@name='action_cancel']")
        self.assertIn("state == 'uploaded'", button.get("invisible"))

    def test_the_day_to_be_at_the_bank(self):
        invoice = self.make_invoice(due="2027-03-30")  # Good Friday is the 26th
        order = self.make_order_due(invoice, "2027-03-31")
        self.assertEqual(str(order.service_submission_day), "2027-03-25")
        for today, is_late in (("2027-03-25", False), ("2027-03-26", True)):
            with freeze_time(today):
                order.invalidate_recordset()
                self.assertEqual(order.service_is_late, is_late)
                order.invalidate_recordset()
        order.generated2uploaded()
        self.assertFalse(order.service_is_late)

    def make_order_due(self, invoice, until):
        form = self.open_batches(invoice)
        form.due_until = until
        return self.collect_batches(form)[0]


@tagged("post_install", "-at_install")
class TestDebitFileTaken(FileCommon, HttpCase):
    """Whoever takes a file, also again, is noted on its order."""

    def test_who_takes_a_file(self):
        with freeze_time("2026-06-15"):
            order = self.make_order()
        file, raw = order.service_file_ids, order.sudo().payment_file_id.raw
        url = file.action_download()["url"]
        self.authenticate(self.user_accountant.login, self.user_accountant.login)
        for times in (1, 2):
            answer = self.url_open(url)
            self.assertEqual(answer.content, raw)
            self.assertIn(file.name, answer.headers["Content-Disposition"])
            file.invalidate_recordset()
            self.assertEqual(file.download_count, times)
            note = order.message_ids[0]
            self.assertIn(file.name, note.body)
            self.assertEqual(note.author_id, self.user_accountant.partner_id)
        self.assertIn("again", note.body)
        order.action_cancel()
        self.url_open(url)
        self.assertIn("void", order.message_ids[0].body)

    def test_who_does_not(self):
        with freeze_time("2026-06-15"):
            order = self.make_order()
        url = order.service_file_ids.action_download()["url"]
        for user in (self.user_technician, self.user_portal):
            self.authenticate(user.login, user.login)
            answer = self.url_open(url)
            self.assertNotEqual(answer.status_code, 200)
            self.assertNotIn(b"CstmrDrctDbtInitn", answer.content)
        self.authenticate(None, None)
        answer = self.url_open(url)
        self.assertNotIn(b"CstmrDrctDbtInitn", answer.content)


DAYS = st.dates(date(2026, 1, 1), date(2036, 12, 31))
FAST = settings(max_examples=200, deadline=None, derandomize=True)


@tagged("post_install", "-at_install")
class TestDebitDays(BaseCase):
    """Days of debits from 2026 to 2036 (L11, L12)."""

    @FAST
    @given(DAYS, st.integers(0, 60))
    def test_a_notice_leaves_its_delay(self, told, delay):
        day = collection.announced_day(told, delay)
        self.assertTrue(sepa.is_target_day(day))
        self.assertGreaterEqual((day - told).days, delay)
        self.assertLessEqual((day - told).days, delay + 6)

    @FAST
    @given(DAYS, st.integers(0, 5))
    def test_submission_is_the_other_way_of_the_lead(self, day, lead):
        day = sepa.next_target_day(day)
        last = collection.submission_day(day, lead)
        self.assertTrue(sepa.is_target_day(last))
        self.assertEqual(sepa.next_target_day(last, lead), day)

"""All that proves a debit in one file, which says what is missing in it (L14)."""

import base64
import io
import shutil
import unittest
import zipfile
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree, html

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from ...models.proof.proof_parts import File, clean_name
from ...tools import xml_files
from ..bank.common import make_iban
from .common import ProofCommon

PAPER = b"%PDF-1.4\n% the signed mandate\n%%EOF\n"


class PapersCommon(ProofCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_notice_rule = "invoice"
        cls.company.service_notice_days = 5
        cls.first, cls.second = cls.create_payers(2)
        cls.first.email = "first@example.com"
        cls.rum = cls.first.valid_mandate_id.sudo()

    def announce(self, moves):
        """Let invoices go out by post, as Odoo's own wizard tells it."""
        for move in moves:
            move._note_channels({"manual"}, 0)
        moves.with_user(self.user_accountant).action_posted_service()

    def make_debits(self, *moves, upload=True):
        """Announce invoices and bring their file to the bank; return the debits."""
        moves = self.env["account.move"].union(*moves)
        self.announce(moves)
        order = self.create_order(moves)
        if upload:
            order.generated2uploaded()
        return order.payment_lot_ids.payment_ids.sorted("id")

    def make_debit(self, *prices, **vals):
        return self.make_debits(self.create_invoice(self.first, *(prices or (39.0,)), **vals))

    def unpack(self, payments, user=None):
        """Return the proof that a user gets: ``{name of a file: bytes}``."""
        proofs = self.env["service.debit.proof"].with_user(user or self.user_accountant)
        _name, raw = proofs._take(payments.with_env(proofs.env))
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            self.assertIsNone(archive.testzip())
            return {name: archive.read(name) for name in archive.namelist()}

    def collect_papers(self, proofs, payment):
        """Return what proves a debit: ``Proof``."""
        debit = payment.sudo()
        filed = proofs._read_file(debit.payment_order_id)
        return proofs._collect(debit, filed[debit.memo])

    def read_sheet(self, files, folder=""):
        """Return the words of the first sheet."""
        (name,) = (name for name in files if name.startswith(f"{folder}0 "))
        text = html.fromstring(files[name].decode()).text_content()
        return " ".join(text.split())

    def find_file(self, files, part):
        (name,) = (name for name in files if part in name)
        return files[name]

    def sign(self, mandate=None):
        (mandate or self.rum).scan = base64.b64encode(PAPER)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 10:00")
class TestProof(PapersCommon):
    # ----- What is in it -----

    def test_a_debit_with_all_its_papers(self):
        self.sign()
        debit = self.make_debit()
        files = self.unpack(debit)
        sheet = self.read_sheet(files)
        account = self.rum.partner_bank_id.sanitized_acc_number
        for words in (
            debit.memo,
            "46.80",
            self.rum.unique_mandate_reference,
            account,
            "FR78ZZZ424242",
            "By the Invoice",
            "By post",
            "06/15/2026",
            "These invoices bill none.",
        ):
            self.assertIn(words, sheet)
        self.assertEqual(self.find_file(files, "Mandate"), PAPER)
        self.assertNotIn("neither the signed mandate", sheet)
        extract = self.find_file(files, ".xml")
        self.assertIn(debit.memo.encode(), extract)
        self.assertIn(account.encode(), extract)

    def test_the_sheet_names_each_file_with_its_hash(self):
        self.sign()
        proofs = self.env["service.debit.proof"]
        proof = self.collect_papers(proofs, self.make_debit())
        sheet = proofs._print_first_sheet(proof)
        for file in proof.files:
            self.assertIn(file.sha256.encode(), sheet.content)
            self.assertEqual(len(file.sha256), 64)

    def test_what_is_missing_is_said(self):
        files = self.unpack(self.make_debit())
        sheet = self.read_sheet(files)
        self.assertIn("neither the signed mandate nor another proof", sheet)
        self.assertIn("was not kept when it was sent: it is printed now", sheet)
        self.rum.service_proof = "https://example.com/proof/1"
        self.assertIn("get it there, and add it", self.read_sheet(self.unpack(self.make_debit(10))))

    def test_nothing_of_other_customers(self):
        first, second = self.make_debits(
            self.create_invoice(self.first, 39.0), self.create_invoice(self.second, 10.0)
        )
        debit = first if first.partner_id == self.first else second
        other = (first + second - debit).payment_line_ids.partner_bank_id.sanitized_acc_number
        content = b"".join(self.unpack(debit).values())
        self.assertNotIn(other.encode(), content)
        root = etree.fromstring(self.find_file(self.unpack(debit), ".xml"))
        self.assertEqual(len(root.findall(".//{*}DrctDbtTxInf")), 1)

    def test_a_file_is_read_once_for_all_its_debits(self):
        debits = self.make_debits(
            self.create_invoice(self.first, 39.0), self.create_invoice(self.second, 10.0)
        )
        with patch.object(xml_files, "parse", side_effect=xml_files.parse) as parse:
            files = self.unpack(debits)
        self.assertEqual(parse.call_count, 1)
        for debit in debits:
            folder = f"{clean_name(debit.memo)}/"
            own = {name: raw for name, raw in files.items() if name.startswith(folder)}
            nodes = etree.fromstring(self.find_file(own, ".xml")).iterfind(".//{*}EndToEndId")
            self.assertEqual([node.text for node in nodes], [debit.memo])

    def test_a_kept_invoice_goes_as_it_was_sent(self):
        move = self.create_invoice(self.first, 39.0)
        kept = b"%PDF-1.4 as sent"
        self.env["ir.attachment"].create(
            {
                "name": "invoice.pdf",
                "raw": kept,
                "res_model": move._name,
                "res_id": move.id,
                "res_field": "invoice_pdf_report_file",
            }
        )
        move.invalidate_recordset()
        files = self.unpack(self.make_debits(move))
        self.assertIn(kept, files.values())
        self.assertNotIn("printed now", self.read_sheet(files))

    def test_sessions_and_what_was_ordered_before(self):
        self.company.service_default_level_id = self.level
        session = self.create_session([("2026-06-02 08:00:00", 3600)], customer=self.first)
        move = self.create_invoice(self.first, 39.0)
        debit = self.make_debits(move)
        proofs = self.env.registry["service.debit.proof"]
        charges = self.env.registry["account.move"]
        consent = File("consent.txt", b"I agree", "What the customer agreed to.")
        with patch.object(charges, "_get_service_charges", lambda _self: session.charge_ids):
            files = self.unpack(debit)
            sheet = self.read_sheet(files)
            self.assertIn(session.name, sheet)
            self.assertIn(f"No order of the customer is recorded for {session.name}", sheet)
            self.assertTrue(self.find_file(files, "Session sheets"))
            with patch.object(
                proofs, "_get_consent_files", lambda _self, sessions: {sessions: [consent]}
            ):
                files = self.unpack(debit)
        self.assertIn(b"I agree", files.values())
        self.assertNotIn("No order of the customer", self.read_sheet(files))

    # ----- What was told before -----

    def test_a_message_with_its_delivery(self):
        move = self.create_invoice(self.first, 39.0)
        words = {"body": "You will be debited", "subject": "Invoice"}
        message = move.message_post(
            **words,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.first.ids,
            attachments=[("terms.pdf", b"%PDF terms")],
        )
        row = self.env["mail.notification"].sudo().search([("mail_message_id", "=", message.id)])
        row = row.filtered(lambda one: one.res_partner_id == self.first)
        row.notification_status = "sent"
        move._set_sending("mailing", service_sending_message_id=message.id)
        move._note_channels({"email"}, message.id)
        move._set_sent()
        order = self.create_order(move)
        order.generated2uploaded()
        debit = order.payment_lot_ids.payment_ids
        self.first.email = "moved@example.com"
        files = self.unpack(debit)
        self.assertIn(b"%PDF terms", files.values())
        self.assertIn(b"You will be debited", self.find_file(files, "Message of"))
        sheet = self.read_sheet(files)
        self.assertIn("by Email", sheet)
        self.assertIn("first@example.com", sheet, "as it was when the invoice went out")
        row.notification_status = "bounce"
        self.assertIn("did not reach", self.read_sheet(self.unpack(debit)))

    def test_what_carried_the_debit_stays(self):
        """The invoice is sent anew after its debit came back, with another day."""
        debit = self.make_debit()
        line = debit.payment_line_ids
        move = line.move_line_id.move_id
        self.return_debit(debit)
        with freeze_time("2026-07-10"):
            move._forget_sending()
            move.with_user(self.user_accountant).action_debit_again()
            self.announce(move)
            self.assertEqual(move.service_notice_told_on, date(2026, 7, 10))
            self.assertEqual(line.service_told_on, date(2026, 6, 15))
            sheet = self.read_sheet(self.unpack(debit))
        self.assertIn("arrived on 06/15/2026", sheet)
        self.assertIn("AM04", sheet)

    def test_nobody_changes_what_had_been_told(self):
        line = self.make_debit().payment_line_ids
        for user in (self.user_accountant, self.env.user):
            for vals in ({"service_told_on": "2026-01-01"}, {"service_told_to": "x"}):
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    line.with_user(user).write(vals)

    def test_a_company_that_announces_otherwise(self):
        self.company.service_notice_rule = "other"
        order = self.create_order(self.create_invoice(self.first, 39.0))
        order.generated2uploaded()
        sheet = self.read_sheet(self.unpack(order.payment_lot_ids.payment_ids))
        self.assertIn("announces its debits otherwise than by its invoices", sheet)

    def test_a_schedule(self):
        schedules = self.env["service.debit.schedule"].with_user(self.user_accountant)
        schedule = schedules.create(
            {
                "mandate_id": self.rum.id,
                "line_ids": [Command.create({"day": "2026-06-30", "amount": 50})],
            }
        )
        schedule.action_announce()
        move = self.create_invoice(self.first, 39.0, invoice_date_due="2026-06-30")
        self.assertTrue(move.service_schedule_line_id)
        order = self.create_order(move)
        order.generated2uploaded()
        files = self.unpack(order.payment_lot_ids.payment_ids)
        sheet = self.read_sheet(files)
        self.assertIn("By a Schedule: ", sheet)
        self.assertIn("50.00", sheet)
        self.assertTrue(self.find_file(files, "Message of"))

    def test_debits_before_this_was_kept(self):
        debit = self.make_debit()
        line = debit.payment_line_ids
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_payment_line SET service_told_source = NULL, service_told_on = NULL,"
            " service_told_channel = NULL"
        )
        self.migrate("19.0.6.0.0/post-proof")
        self.assertEqual(line.service_told_source, "before")
        self.assertEqual(line.service_told_on, date(2026, 6, 15))
        sheet = self.read_sheet(self.unpack(debit))
        self.assertIn("it is not recorded by which way it went", sheet)

    # ----- What came later -----

    def test_another_account_since(self):
        debit = self.make_debit()
        before = self.rum.partner_bank_id.sanitized_acc_number
        self.rum._change_account(self.rum._find_account(make_iban(77)))
        sheet = self.read_sheet(self.unpack(debit))
        self.assertIn(f"Account that was debited {before}", sheet)
        self.assertIn(f"it was changed after this debit, which went to {before}", sheet)

    def test_another_mandate_since(self):
        self.sign()
        debit = self.make_debit()
        other = self.rum.copy(
            {
                "unique_mandate_reference": "OTHER-1",
                "signature_date": "2026-06-15",
                "service_replaces_id": self.rum.id,
            }
        )
        other._as_workflow().service_replaces_id = self.rum
        other.validate()
        self.assertEqual(self.rum.state, "cancel")
        files = self.unpack(debit)
        sheet = self.read_sheet(files)
        self.assertIn(f"Mandate in the file {self.rum.unique_mandate_reference}", sheet)
        self.assertIn("Replaced later by OTHER-1", sheet)
        self.assertEqual(self.find_file(files, "Mandate"), PAPER)

    # ----- In several parts, and together -----

    def test_an_invoice_in_two_parts(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (0, 30)
                ],
            }
        )
        move = self.create_invoice(self.first, 39.0, invoice_payment_term_id=term.id)
        debits = self.make_debits(move)
        self.assertEqual(len(debits), 2)
        action = move.with_user(self.user_accountant).action_service_proof()
        self.assertEqual(action["url"].rpartition("/")[2], "-".join(map(str, debits.ids)))
        files = self.unpack(debits)
        for debit, other in (debits, reversed(debits)):
            folder = f"{debit.memo.replace('/', '-')}/"
            sheet = self.read_sheet(files, folder)
            self.assertIn("of which this debit takes", sheet)
            self.assertIn("23.40", sheet)
            self.assertIn(f"another debit {other.memo}", sheet)

    def test_invoices_debited_together(self):
        self.method_sdd.group_lines = True
        moves = self.create_invoice(self.first, 39.0) + self.create_invoice(self.first, 10.0)
        debit = self.make_debits(moves)
        self.assertEqual(len(debit), 1)
        sheet = self.read_sheet(self.unpack(debit))
        for move in moves:
            self.assertIn(f"{move.name} arrived on", sheet)
            self.assertIn(move.name, sheet)

    # ----- Where it is asked for -----

    def test_each_door(self):
        debit = self.make_debit()
        line = debit.payment_line_ids.with_user(self.user_accountant)
        url = f"/service_contract/debit_proof/{debit.id}"
        self.assertEqual(line.action_service_proof()["url"], url)
        move = line.move_line_id.move_id
        self.assertEqual(move.action_service_proof()["url"], url)
        back = self.return_debit(debit)
        self.assertEqual(back.action_service_proof()["url"], url)
        self.assertEqual(back.line_ids.action_service_proof()["url"], url)
        self.assertEqual(move.action_service_proof()["url"], url)
        report = self.env["service.debit.report"].with_user(self.user_accountant)
        row = report.search([("payment_id", "=", debit.id)])
        self.assertEqual(row.action_service_proof()["url"], url)

    def test_who_takes_one_is_noted(self):
        debit = self.make_debit()
        self.unpack(debit)
        body = debit.payment_order_id.message_ids[:1]
        self.assertIn(f"took the proof of {debit.memo}", str(body.body))
        self.assertEqual(body.author_id, self.user_accountant.partner_id)

    def test_what_has_not_been_at_the_bank(self):
        move = self.create_invoice(self.first, 39.0)
        with self.assertRaisesRegex(UserError, "no debit order has a file"):
            move.with_user(self.user_accountant).action_service_proof()
        self.make_debits(move, upload=False)
        with self.assertRaisesRegex(UserError, "has not been at the bank"):
            move.with_user(self.user_accountant).action_service_proof()

    def test_only_who_makes_debit_orders(self):
        debit = self.make_debit()
        billing_only = new_test_user(
            self.env,
            login="billing_only_proof",
            groups="account.group_account_invoice",
            company_id=self.company.id,
        )
        stranger = new_test_user(
            self.env,
            login="stranger_proof",
            groups="account.group_account_invoice,account_payment_batch_oca.group_account_payment",
            company_id=self.env["res.company"].create({"name": "Elsewhere"}).id,
        )
        users = (self.user_sales, self.user_technician, billing_only, stranger)
        for user in users:
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.unpack(debit, user)

    def test_a_payment_that_is_no_debit(self):
        move = self.create_invoice(self.first, 39.0)
        self.pay(move, 10)
        payment = self.env["account.payment"].search([("partner_id", "=", self.first.id)])
        with self.assertRaisesRegex(UserError, "no debit to prove"):
            payment.with_user(self.user_accountant).action_service_proof()

    # ----- On paper -----

    @unittest.skipUnless(shutil.which("wkhtmltopdf"), "wkhtmltopdf is not installed")
    def test_the_first_sheet_is_a_pdf(self):
        proofs = self.env["service.debit.proof"].with_context(force_report_rendering=True)
        proof = self.collect_papers(proofs, self.make_debit())
        sheet = proofs._print_first_sheet(proof)
        self.assertTrue(sheet.name.endswith(".pdf"))
        self.assertTrue(sheet.content.startswith(b"%PDF"))


@tagged("post_install", "-at_install")
class TestProofDownload(PapersCommon, HttpCase):
    def test_the_browser_gets_it(self):
        with freeze_time("2026-06-15 10:00"):
            debit = self.make_debit()
        self.env.flush_all()
        url = f"/service_contract/debit_proof/{debit.id}"
        self.user_accountant.password = self.user_sales.password = "service_password"
        self.authenticate(self.user_accountant.login, "service_password")
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Content-Type"], "application/zip")
        names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
        self.assertTrue(names[0].startswith("0 "))
        self.assertEqual(self.url_open("/service_contract/debit_proof/1-x").status_code, 404)
        self.authenticate(self.user_sales.login, "service_password")
        self.assertGreaterEqual(self.url_open(url).status_code, 400)

"""For each verb that a client may call, a record on which somebody may call it."""

import base64
import hashlib
import io

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tools.pdf import PdfFileWriter

from . import bank_files
from .common import IBANS, ServiceContractCommon

OPEN_SESSIONS = (
    "action_start",
    "action_start_workstation",
    "action_cancel",
    "action_done",
    "action_answered",
    "action_tell_appointment",
    "action_extend",
    "action_assign_to_me",
    "action_check_all",
    "action_ask_consent",
    "action_open_phone_consent",
)


class VerbsCommon(ServiceContractCommon):
    """``make`` gives the record and the arguments; a dictionary where the caller creates it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_default_level_id = cls.level
        cls.level.contest_days = 5
        cls.customer.email = "customer@example.com"
        cls.reason = {
            usage: cls.env["service.reason"].create({"name": usage, "usage": usage})
            for usage in ("delay", "exit", "price")
        }

    def make(self, model, name):
        """Return a record on which somebody may call a verb, and the verb's arguments.

        Or a record in a state in which nobody calls one: see ``in_states``.
        """
        if name in self.in_states.get(model, ()):
            return getattr(self, f"{name}_{model.replace('.', '_')}")().sudo(), ()
        maker = getattr(self, f"make_{model.replace('.', '_')}", None)
        return maker(name) if maker else (self.env[model], ())

    def make_account_banking_mandate(self, name):
        payer = self.create_customer("Debtor", iban=IBANS[0], service_regime="consumer")
        mandate = payer.valid_mandate_id
        if name == "action_resume":
            mandate.partner_bank_id.action_archive()
            mandate.partner_bank_id.action_unarchive()
        if name == "action_take_over_mobility":
            mandate = mandate._as_workflow()
            mandate.service_mobility_account_id = mandate._find_account(IBANS[1])
            mandate.service_mobility_on = mandate.service_mobility_until = "2026-06-15"
        return mandate.sudo(), ()

    def make_service_mandate_replacement(self, _name):
        mandate = self.make_account_banking_mandate("")[0]
        return {"mandate_id": mandate.id, "way": "amend", "acc_number": IBANS[1]}, ()

    def make_account_analytic_line(self, _name):
        return self.make_running().line_ids, ()

    def make_running(self):
        with freeze_time("2026-06-15 11:00:00"):
            session = self.create_session([], done=False, user=self.user_technician)
            session.action_start()
        return session.sudo()

    def make_account_move(self, name):
        if name == "action_service_proof":
            return self.make_account_payment_line(name)[0].move_line_id.move_id, ()
        if name.endswith("_service"):
            return self.make_sent(name.removesuffix("_service")).invoice_ids, ()
        if name == "action_prepare_reminders":
            return self.make_late(), ()
        invoices = self.make_service_billing_run("action_open_invoices")[0].invoice_ids
        if name == "action_note_formal_notice":
            return self.make_service_billing_run("action_collect")[0].invoice_ids, ()
        if name in ("action_bill_return_fee", "action_return_by_hand"):
            return self.make_returnable(name), ()
        if name in ("action_debit_again", "action_no_debit", "action_tell_return"):
            invoices._ask_debit_decision("Returned by the bank")
        return invoices, ()

    def make_late(self):
        """Return a posted invoice that no run has made and of which its customer is reminded."""
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": "2026-05-01",
                "invoice_date_due": "2026-05-31",
                "invoice_line_ids": [Command.create({"name": "A switch", "price_unit": 100})],
            }
        )
        move.action_post()
        return move

    def make_service_reminder(self, name):
        """Return a draft, or a letter that is to be printed, or is."""
        self.make_late()
        letter = self.env["service.reminder"].sudo()._prepare_reminders(self.company)
        if name in ("action_print", "action_posted"):
            letter.channel = "post"
            letter._update_state("waiting")._send_now()
        if name == "action_posted":
            letter._update_state("printed")
        return letter, ()

    def make_sent(self, name):
        """Return a posted run whose invoices are to be sent, to be printed, or printed."""
        run = self.make_service_billing_run("action_collect")[0]
        states = {"action_print": "print", "action_posted": "printed"}
        run.invoice_ids._set_sending(states.get(name, False))
        for move in run.invoice_ids if name == "action_print" else ():
            self.env["ir.attachment"].create(
                {
                    "name": "invoice.pdf",
                    "raw": self.make_page(),
                    "res_model": move._name,
                    "res_id": move.id,
                    "res_field": "invoice_pdf_report_file",
                }
            )
        run.invoice_ids.invalidate_recordset()
        return run

    @staticmethod
    def make_page():
        """Return a PDF file of one empty page."""
        writer = PdfFileWriter()
        writer.addBlankPage(width=72, height=72)
        page = io.BytesIO()
        writer.write(page)
        return page.getvalue()

    def make_product_template(self, _name):
        template = self.product_support.product_tmpl_id
        template.taxes_id = [Command.set(self.company.account_sale_tax_id.ids)]
        return template, ()

    def make_product_product(self, name):
        return self.make_product_template(name)[0].product_variant_id, ()

    def make_res_partner(self, _name):
        return self.customer, ()

    def make_sale_order(self, name):
        if name.endswith("_loss"):
            return self.make_losing_quote(), ()
        if name == "action_start_today":
            return self.create_quote(self.product_support, user=self.user_sales), ()
        if name == "action_send_service_conditions":
            self.make_service_conditions(name)
        order = self.create_quote(self.product_support, user=self.user_sales)
        order.action_confirm()
        return order, ()

    def make_losing_quote(self):
        order = self.create_quote(
            self.product_support,
            user=self.user_sales,
            start="2026-07-01",
            service_amended_contract_id=self.make_service_contract("")[0].id,
            service_amendment_reason_id=self.reason["exit"].id,
        )
        order.order_line.price_unit = 25
        return order.sudo()

    def make_service_amendment(self, name):
        if name == "action_allow_loss":
            order = self.make_losing_quote()
            order.action_ask_loss()
            return order.service_amendment_ids, ()
        amendments = self.env["service.amendment"]
        contract = self.make_service_contract("")[0]
        amendment = amendments.create(
            amendments._prepare_draft_vals(contract, self.day("2026-07-01"))
        )
        amendment.line_ids.price_unit = 25 if name == "action_ask" else 60
        amendment.reason_id = self.reason["exit"]
        if name.endswith("_document"):
            amendment.action_confirm()
            self.keep_document(amendment)
        return amendment, ()

    def keep_document(self, record):
        attachment = self.env["ir.attachment"].create(
            {"name": "x.pdf", "raw": b"x", "res_model": record._name, "res_id": record.id}
        )
        record.sudo().write(
            {"document_id": attachment.id, "document_sha256": hashlib.sha256(b"x").hexdigest()}
        )

    def make_service_billing_preview(self, _name):
        run = self.make_service_billing_run("action_preview")[0]
        run.action_preview()
        return self.env["service.billing.preview"].search([("run_id", "=", run.id)], limit=1), ()

    def make_service_forecast(self, _name):
        self.create_contract(start="2026-06-01")
        return {"company_id": self.company.id}, ()

    def make_service_forecast_line(self, _name):
        vals, _arguments = self.make_service_forecast("action_show")
        forecast = self.env["service.forecast"].create(vals)
        forecast.action_show()
        return forecast.line_ids[:1], ()

    def make_service_billing_question(self, _name):
        run = self.make_service_billing_run("action_start")[0]
        return {"run_ids": [Command.set(run.ids)], "verb": "start", "text": "Is that meant?"}, ()

    def make_service_billing_redate(self, _name):
        run = self.make_service_billing_run("")[0]
        return {"run_id": run.id, "invoice_date": "2026-06-20"}, ()

    def make_service_order_number(self, _name):
        contract = self.create_contract()
        matter = self.env["service.exception"]._report(contract, "billing", "No", "order_number")
        return {"matter_id": matter.id, "order_number": "4500001"}, ()

    def make_service_order_number_list(self, _name):
        line = self.make_service_order_number("")[0]
        return {"line_ids": [Command.create(line)]}, ()

    def make_untaxed(self):
        """Return the matter of a contract that is not billed as its product has no tax."""
        product = self.create_product("Untaxed", 80.0, recurring=self.family).sudo()
        contract = self.create_contract(product=product, start="2026-06-01")
        contract._generate_charges(self.day("2026-06-15"))
        product.taxes_id = False
        contract.charge_ids.sudo()._as_workflow().tax_ids = False
        return self.env["service.exception"]._report(contract, "billing", "No tax", "tax")

    def make_service_missing_tax(self, _name):
        matter = self.make_untaxed()
        charge = matter.contract_id.charge_ids
        line = {
            "company_id": self.company.id,
            "product_id": charge.product_id.id,
            "tax_id": self.tax_excluded.id,
        }
        return {"matter_ids": [Command.set(matter.ids)], "line_ids": [Command.create(line)]}, ()

    def make_service_bank_file(self, name):
        files = self.env["service.bank.file"]
        if name == "create_document_from_attachment":
            return files, (self.drop_bank_file("UNKNOWN", 1.0).ids,)
        run = self.make_service_billing_run("action_collect")[0]
        run.action_collect()
        run.order_ids.generated2uploaded()
        (payment,) = run.order_ids.payment_ids
        if name == "action_book_credits":
            return self.make_credited_file(payment), ()
        reference = "UNKNOWN" if name == "action_match" else payment.memo
        attachment = self.drop_bank_file(reference, payment.amount)
        action = files.create_document_from_attachment(attachment.ids)
        return files.browse(action["res_id"]), ()

    def make_returnable(self, name):
        """Return an invoice whose debit is at the bank, or came back and may be billed a fee."""
        one = self.make_payment_return("")[0]
        invoices = one.line_ids.move_line_ids.matched_debit_ids.debit_move_id.move_id
        if name == "action_bill_return_fee":
            self.company.service_return_fee = 10
            one.line_ids.reason_id.service_fee = True
            one.action_confirm()
        return invoices

    def make_payment_return(self, name):
        """Return the return of a debit, which is being booked where asked for."""
        run = self.make_service_billing_run("action_collect")[0]
        run.action_collect()
        orders = run.order_ids
        orders.generated2uploaded()
        reason = self.env.ref("service_contract.payment_return_reason_ms02")
        line = {"reference": orders.payment_ids.memo, "reason_id": reason.id}
        one = self.env["payment.return"].create(
            {
                "journal_id": orders.journal_id.id,
                "payment_method_line_id": orders.payment_method_line_id.id,
                "line_ids": [Command.create(line)],
            }
        )
        one.button_match()
        if name == "action_continue_booking":
            one._begin_booking()
        return one, ()

    def make_service_debit_schedule(self, name):
        mandate = self.make_account_banking_mandate("")[0]
        mandate.partner_id.email = "debtor@example.com"
        schedule = self.env["service.debit.schedule"].create(
            {"mandate_id": mandate.id, "first_day": "2026-07-06", "amount": 10, "count": 2}
        )
        if name != "action_fill":
            schedule.action_fill()
        if name == "action_end":
            schedule.action_told()
        return schedule, ()

    def make_service_debit_file(self, _name):
        run = self.make_service_billing_run("action_collect")[0]
        run.action_collect()
        return run.order_ids.service_file_ids, ()

    def make_service_debit_report(self, _name):
        lot = self.make_account_payment_lot("")[0]
        self.env.flush_all()
        return self.env["service.debit.report"].search([("lot_id", "=", lot.id)]), ()

    def make_service_debit_batch(self, _name):
        invoices = self.make_service_billing_run("action_collect")[0].invoice_ids
        total = sum(invoices.mapped("amount_residual"))
        return {"move_ids": [Command.set(invoices.ids)], "shown_total": total}, ()

    def make_service_notice_decision(self, _name):
        self.company.service_notice_before = "ask"
        return {"company_id": self.company.id, "decision": "count"}, ()

    def make_credited_file(self, payment):
        """Return a file that tells of the credit of a debit's lot."""
        entry = bank_files.credited(f"{payment.amount:.2f}", payment.payment_lot_id.name)
        vals = {"name": "camt.xml", "datas": base64.b64encode(bank_files.account([], more=entry))}
        attachment = self.env["ir.attachment"].with_user(self.user_accountant).create(vals)
        files = self.env["service.bank.file"]
        return files.browse(files.create_document_from_attachment(attachment.ids)["res_id"])

    def make_account_payment(self, _name):
        return self.make_account_payment_lot("")[0].payment_ids, ()

    def make_account_payment_line(self, _name):
        return self.make_account_payment_lot("")[0].payment_ids.payment_line_ids, ()

    def make_payment_return_line(self, name):
        return self.make_payment_return(name)[0].line_ids, ()

    def make_account_payment_lot(self, _name):
        order = self.make_account_payment_order("action_continue_upload")[0]
        order._run_to_end()
        return order.payment_lot_ids, ()

    def make_service_lot_credit(self, _name):
        lot = self.make_account_payment_lot("")[0]
        return {"lot_ids": [Command.set(lot.ids)], "date": "2026-06-16"}, ()

    def drop_bank_file(self, reference, amount):
        """Return the attachment that the accountant's browser makes of a bank's file."""
        content = bank_files.account([(reference, f"{amount:.2f}", "MS02")])
        vals = {"name": "camt.xml", "datas": base64.b64encode(content)}
        return self.env["ir.attachment"].with_user(self.user_accountant).create(vals)

    def make_account_payment_order(self, name):
        """Return a draft order of a good debit; with its file, or being booked, where asked for."""
        run = self.make_service_billing_run("action_collect")[0]
        run.action_collect()
        if name == "action_continue_upload":
            run.order_ids._begin_upload()
        elif name != "action_make_anew":
            run.order_ids.action_cancel()
            run.order_ids.cancel2draft()
        return run.order_ids, ()

    def make_service_debit_check(self, name):
        if name == "action_collect":
            return {"run_id": self.make_service_billing_run(name)[0].id}, ()
        order = self.make_account_payment_order("")[0]
        order.payment_line_ids.mandate_id.sudo().state = "cancel"
        return {"order_id": order.id}, ()

    def make_service_debit_check_line(self, name):
        debit = self.make_account_payment_order("")[0].payment_line_ids
        credit = self.make_credit(debit.move_line_id)
        return {
            "move_id": debit.move_line_id.move_id.id,
            "order_line_id": debit.id,
            "level": "ask",
            "subject": "lint_credit",
            "res_model": credit._name,
            "res_id": credit.id,
        }, ()

    def make_credit(self, line):
        """Return what a customer paid and nobody has matched, as a line of his account."""
        journal = self.method_sdd.journal_id
        account = {"account_id": line.account_id.id, "partner_id": line.partner_id.id}
        entry = self.env["account.move"].create(
            {
                "journal_id": journal.id,
                "line_ids": [
                    Command.create({"account_id": journal.default_account_id.id, "debit": 10}),
                    Command.create({"credit": 10, **account}),
                ],
            }
        )
        entry.action_post()
        return entry.line_ids.filtered("credit")

    def make_service_debit_anyway(self, _name):
        invoices = self.make_service_billing_run("action_collect")[0].invoice_ids
        return {"move_ids": [Command.set(invoices.ids)], "reason": "He knows"}, ()

    def make_service_missing_address(self, _name):
        customer = self.create_customer("Incomplete", company_registry=False)
        matter = self.env["service.exception"]._report(customer, "billing", "No SIREN", "siren")
        line = {"partner_id": customer.id, "company_registry": "12345678200010"}
        return {"matter_ids": [Command.set(matter.ids)], "line_ids": [Command.create(line)]}, ()

    def make_service_takeover_list(self, _name):
        contract = self.create_contract(self.create_customer("Moved"), start="2026-06-01")
        contract.partner_id.write({"country_id": self.env.ref("base.re").id, "zip": "97400"})
        line = {"contract_id": contract.id}
        return {"date": "2026-06-15", "line_ids": [Command.create(line)]}, ()

    def make_service_exception_cause(self, _name):
        self.make_to_credit()
        return self.env["service.exception.cause"]._find("credit"), ()

    def make_service_billing_run(self, name):
        sending = {
            "action_send_invoices": "action_send",
            "action_print_invoices": "action_print",
            "action_confirm_posted": "action_posted",
        }
        if name in sending:
            return self.make_sent(sending[name]), ()
        if name == "action_resume_mended":
            return self.make_mended().run_id, ()
        payer = self.create_customer("Payer", iban=IBANS[0])
        self.create_contract(payer, start="2026-06-01")
        if name in ("action_continue", "action_stop"):
            return self.create_run("2026-06-15", start=False)._update_state("running"), ()
        start = name not in ("action_start", "action_preview")
        is_posted = name in ("action_collect", "action_credit_invoices", "action_open_orders")
        return self.create_run("2026-06-15", start=start, is_auto_post=is_posted), ()

    def make_to_credit(self):
        """Return what is to be given back of a posted invoice, and no other invoice takes."""
        contract = self.create_contract(self.create_customer("Left"), start="2026-06-01")
        self.create_run("2026-06-15", is_auto_post=True)
        contract.sudo().date_end = "2026-06-15"
        self.create_run("2026-06-16")
        return contract.charge_ids.filtered(lambda charge: charge.kind == "credit")

    def make_service_charge(self, name):
        if name == "action_credit_origin":
            return self.make_to_credit(), ()
        contract = self.make_service_contract("")[0]
        if name == "action_open_invoice":
            self.create_run("2026-06-15")
        contract._generate_charges(self.day("2026-06-15"))
        charge = contract.charge_ids
        if name == "action_take_back_goodwill":
            return self.give_goodwill(charge), ()
        steps = {"action_owe": self.waive, "action_release": self.hold}
        if name in steps:
            steps[name](charge)
        return charge, ()

    def make_service_charge_decision(self, _name):
        charge = self.make_service_charge("")[0]
        reason = self.env.ref("service_contract.service_reason_waive_gesture").id
        return {"charge_ids": [Command.set(charge.ids)], "verb": "waive", "reason_id": reason}, ()

    def give_goodwill(self, charge):
        reason = self.env.ref("service_contract.service_reason_waive_gesture")
        return charge._give_goodwill({charge: 5.0}, reason)

    def make_service_goodwill(self, _name):
        vals, _args = self.make_service_charge_decision("")
        del vals["verb"]
        return {**vals, "amount": 5.0}, ()

    def make_service_one_off(self, _name):
        contract = self.make_service_contract("")[0]
        product = self.product_fee.id
        return {"contract_id": contract.id, "product_id": product, "reason": "Asked for"}, ()

    def make_service_commitment(self, _name):
        contract = self.create_contract(start="2025-09-20", regime="consumer")
        return contract.commitment_ids, ()

    def make_service_conditions(self, _name):
        old, new = self.env["service.conditions"].create(
            [
                {
                    "name": "Terms",
                    "code": "terms",
                    "version": version,
                    "effective_date": day,
                    "company_id": company.id,
                }
                for version, day, company in (
                    ("1", "2025-01-01", self.company.browse()),
                    ("2", "2026-06-01", self.company),
                )
            ]
        )
        self.family.conditions_id = old
        return new, ()

    def make_service_connection_import(self, _name):
        content = (
            "device;device name;user;start;stop;customer;note\n"
            f"PC;PC;tech;2026-03-02 09:00;2026-03-02 09:30;{self.customer.name};x"
        )
        return {"file": base64.b64encode(content.encode()), "file_name": "x.csv"}, ()

    def make_service_connection_log(self, _name):
        vals = {"name": "x", "company_id": self.company.id, "profile": "generic"}
        return self.env["service.connection.log"]._as_workflow().create(vals), ()

    def make_service_contract(self, name):
        waiting = ("action_activate", "action_ask_mandate", "action_cancel")
        product = self.product_fibre if name == "action_ask_mandate" else None
        vals = {"activate": False} if name in waiting else {}
        if name == "action_send_conditions":
            self.make_service_conditions(name)
        contract = self.create_contract(product=product, start="2026-06-01", **vals)
        if name == "action_draft":
            contract.action_cancel()
        if "termination" in name:
            self.terminate(contract, confirm=name != "action_confirm_termination")
        if name == "action_reactivate":
            self.env["service.suspension"].create({"contract_id": contract.id})
        if name.endswith("_document"):
            self.keep_document(contract)
        if name == "action_keep_agreed":
            self.change_terms(contract)
        return contract, ()

    def change_terms(self, contract):
        """Give a contract's customer other payment terms than the contract has."""
        customer = contract.partner_id.with_company(contract.company_id)
        term = self.env.ref("account.account_payment_term_15days")
        customer.property_payment_term_id = term

    def terminate(self, contract, confirm=True):
        wizard = self.env["service.exit.simulation"].create(
            {"contract_id": contract.id, "wished_date": "2026-09-30"}
        )
        if confirm:
            wizard.action_confirm()
        else:
            terminations = self.env["service.termination"]._as_workflow()
            terminations.create(wizard._prepare_termination_vals())._update_state("waiting")

    def make_service_declaration(self, name):
        kind = "withdrawal" if name == "action_cancel_sale" else "termination"
        declaration = self.declare(kind, reference="SC0")
        if name in ("action_record", "action_cancel_sale"):
            contract = self.create_contract(
                activate=name == "action_record", start="2026-06-01", user_id=self.user_sales.id
            )
            declaration._set_matched(contract, self.env["sale.order"], self.user_manager)
        declaration.answer_text = "There is no such contract."
        if name == "action_reopen":
            declaration.action_close()
        return declaration, ()

    def declare(self, kind, reference, **vals):
        """Return what a visitor sent on the public page, not looked at yet."""
        self.declared = getattr(self, "declared", 0) + 1
        return self.env["service.declaration"]._receive(
            self.company,
            f"form-{self.declared:040}",
            {
                "kind": kind,
                "sender_name": "Jean Client",
                "email": "jean@example.com",
                "reference": reference,
                "lang": "en_US",
                **vals,
            },
        )

    def make_service_declaration_match(self, _name):
        declaration = self.make_service_declaration("")[0]
        contract = self.create_contract(start="2026-06-01")
        return {"declaration_id": declaration.id, "contract_id": contract.id}, ()

    def make_service_declaration_candidate(self, name):
        vals, _arguments = self.make_service_declaration_match(name)
        contract_id = vals.pop("contract_id")
        match = self.env["service.declaration.match"].create(vals)
        return {"match_id": match.id, "contract_id": contract_id, "why": "Number"}, ()

    def make_service_contract_report(self, _name):
        contract = self.make_service_contract("")[0]
        self.env.flush_all()
        return self.env["service.contract.report"].search(
            [("contract_id", "=", contract.id)], limit=1
        ), ()

    def make_service_contract_event(self, _name):
        contract = self.make_service_contract("")[0]
        self.env.flush_all()
        return self.env["service.contract.event"].search(
            [("contract_id", "=", contract.id)], limit=1
        ), ()

    def make_service_desk(self, name):
        session = self.make_running()
        if name in ("start_again", "start_session", "start_consented"):
            session.with_user(self.user_technician).action_stop()
        if name == "discard_session":
            session.line_ids.service_start = fields.Datetime.now()
        return self.env["service.desk"], {
            "search_customers": ("Customer",),
            "get_card": (self.customer.id,),
            "start_session": ({"partner_id": self.customer.id},),
            "start_again": (session.id,),
            "ask_consent": ({"partner_id": self.customer.id},),
            "renew_consent": (session.id,),
            "note_phone_consent": (session.id, "The computer does not start"),
            "start_consented": (session.id,),
            "stop_session": (session.id,),
            "discard_session": (session.id,),
            "cancel_session": (session.id,),
            "save_session": (session.id, {"report": "Paper put in"}),
            "close_session": (session.id,),
        }.get(name, ())

    def make_mended(self):
        """Return a matter that was mended since its run ended."""
        run = self.create_run("2026-06-15")
        contract = self.create_contract(start="2026-06-01")
        matter = self.env["service.exception"]._report(
            contract, "billing", "No account", run_id=run.id
        )
        matter._set_mended()
        return matter

    def make_service_exception(self, name):
        if name == "action_bill_mended":
            return self.make_mended(), ()
        if name in ("action_mend", "action_mend_all"):
            contract = self.make_to_credit().contract_id
            return self.env["service.exception"]._get_open(contract, "billing"), ()
        contract = self.make_service_contract("")[0]
        return self.env["service.exception"]._report(contract, "contract", "Look"), ()

    def make_service_exit_simulation(self, _name):
        return {
            "contract_id": self.make_service_contract("")[0].id,
            "wished_date": "2026-09-30",
        }, ()

    def make_service_contract_activation(self, _name):
        return {"contract_id": self.create_contract(activate=False).id}, ()

    def make_service_family(self, _name):
        return self.create_own_family(), ()

    def create_own_family(self):
        """Create a family of the company alone."""
        return self.env["service.family"].create({"name": "Own", "company_id": self.company.id})

    def make_service_level(self, _name):
        vals = {"name": "Own", "kind": "unlimited", "company_id": self.company.id}
        family = self.create_own_family()
        return self.env["service.level"].create({**vals, "family_id": family.id}), ()

    def make_service_mrr_movement(self, _name):
        contract = self.make_service_contract("")[0]
        contract.line_ids.quantity = 3
        return self.env["service.mrr.movement"], ()

    def make_service_price_index(self, _name):
        return self.env["service.price.index"].create({"name": "Syntec", "code": "SYN"}), ()

    def make_service_price_index_import(self, _name):
        index = self.make_service_price_index("")[0]
        return {"index_id": index.id, "file": base64.b64encode(b"2026-01;101.5")}, ()

    def make_service_price_revision(self, name):
        rule = self.env["service.revision.rule"].create(
            {"name": "2 %", "method": "percent", "percent": 2, "timing": "manual"}
        )
        contract = self.create_contract(start="2025-06-01")
        contract.revision_rule_id = rule
        revision = self.env["service.price.revision"]._propose({contract: self.day("2026-07-01")})
        self.assertEqual(revision.state, "proposed", revision.refusal)
        if name == "action_undo":
            revision.action_apply()
        return revision, ()

    def make_service_revision_batch(self, name):
        self.make_service_price_revision("")
        batch = self.env["service.revision.batch"].create({"effective_date": "2026-07-01"})
        if name != "action_preview":
            batch.action_preview()
        if name == "action_undo":
            batch.action_apply()
        return batch, ()

    def make_service_scope_matrix(self, _name):
        level = self.make_service_level("")[0]
        work_type = self.env["service.work.type"].create({"name": "Cabling"})
        cell = {"level_id": level.id, "work_type_id": work_type.id, "effect": "included"}
        return {"family_id": level.family_id.id, "cell_ids": [Command.create(cell)]}, ()

    def make_service_session(self, name):
        is_open = name in OPEN_SESSIONS
        regime = "consumer" if name == "action_withdraw_order" else "professional"
        session = self.create_session(
            [("2026-06-10 09:00:00", 1800)],
            customer=self.create_customer("Caller", service_regime=regime, email="c@example.com")
            if regime == "consumer"
            else None,
            done=not is_open,
        ).sudo()
        if name == "action_stop":
            return self.make_running(), ()
        if name == "action_tell_appointment":
            session.write(
                {"planned_start": "2026-06-20 09:00:00", "planned_stop": "2026-06-20 10:00:00"}
            )
        if name == "action_check_all":
            session.check_ids = [Command.create({"name": "Backups"})]
        if name in ("action_withdraw_sheet", "action_open_settlement", "contest"):
            session._set_sheet_sent()
        if name == "action_resume_silence":
            session._set_sheet_sent()
            session._set_sheet_written()
        if name == "action_open_settlement":
            session._set_sheet_contested("Not me")
        if name in ("action_approve", "action_refuse"):
            session._set_approval("waiting")
        if name == "action_bill_now":
            session._set_sheet_validated("paper")
        if name == "action_remove_override":
            session.with_user(self.user_manager)._set_override(10, self.reason["price"])
        return session, (
            "2026-06-01 00:00:00",
            "2026-06-30 00:00:00",
        ) if name == "get_unusual_days" else ()

    def make_service_session_contest(self, _name):
        return {"session_id": self.make_service_session("contest")[0].id, "text": "Not me"}, ()

    def make_service_unattended_access(self, name):
        access = self.env["service.unattended.access"].create(
            {
                "partner_id": self.customer.id,
                "contact_id": self.user_portal.partner_id.id,
                "device_name": "SERVER",
                "agreed_on": "2026-06-01",
                "date_start": "2026-06-01",
                "stop_instructions": "Switch the tool off, or call.",
            }
        )
        if name == "action_revoke":
            access.action_activate()
        return access, ()

    def make_service_consent_phone(self, _name):
        session = self.make_service_session("action_ask_consent")[0]
        return {"session_id": session.id, "reason": "The computer does not start"}, ()

    def make_service_session_extend(self, _name):
        self.level.response_minutes = 600
        session = self.create_session([], done=False).sudo()
        return {"session_id": session.id, "reason_id": self.reason["delay"].id}, ()

    def make_service_session_override(self, _name):
        session = self.make_service_session("")[0]
        return {"session_id": session.id, "amount": 5, "reason_id": self.reason["price"].id}, ()

    def make_service_session_settlement(self, _name):
        session = self.make_service_session("action_open_settlement")[0]
        return {"session_id": session.id, "note": "It stands."}, ()

    def make_service_session_signature(self, _name):
        return {"session_id": self.make_service_session("")[0].id}, ()

    def make_service_session_statement(self, _name):
        self.make_service_session("")
        return {"month": "2026-06-01", "company_id": self.company.id}, ()

    def make_service_setup(self, _name):
        return {"company_id": self.company.id}, ()

    def make_service_setup_check(self, _name):
        setup = self.env["service.setup"].create({"company_id": self.company.id})
        return {"setup_id": setup.id, "key": "taxes"}, ()

    def make_service_takeover_choice(self, _name):
        contract = self.make_service_contract("action_keep_agreed")[0]
        line = Command.create({"name": "payment_term_id"})
        return {"contract_id": contract.id, "date": "2026-06-15", "line_ids": [line]}, ()

    def make_service_termination(self, name):
        contract = self.make_service_contract("")[0]
        self.terminate(contract, confirm=name == "action_withdraw")
        return contract.termination_id, ()

    # ----- In states in which nobody calls a verb -----

    in_states = {
        "service.amendment": ("cancelled",),
        "service.contract": ("ended",),
        "service.debit.schedule": ("ended",),
        "service.declaration": ("recorded", "repeated"),
        "service.price.revision": ("left_out", "refused", "undone"),
        "service.reminder": ("cancelled", "failed", "sent", "waiting"),
        "service.revision.batch": ("undone",),
        "service.session": ("cancelled", "settled"),
        "service.termination": ("draft", "withdrawn"),
        "service.unattended.access": ("revoked",),
    }

    def revoked_service_unattended_access(self):
        access = self.make_service_unattended_access("action_revoke")[0]
        access.action_revoke()
        return access

    def recorded_service_declaration(self):
        declaration = self.make_service_declaration("action_cancel_sale")[0]
        declaration.action_cancel_sale()
        return declaration

    def repeated_service_declaration(self):
        original = self.declare("termination", reference="SC1")
        declaration = self.declare("termination", reference="SC1")
        declaration._update_state("repeated", original_id=original.id)
        return declaration

    def cancelled_service_amendment(self):
        amendment = self.make_service_amendment("")[0]
        amendment.action_cancel()
        return amendment

    def ended_service_contract(self):
        contract = self.make_service_contract("")[0]
        contract.sudo()._set_ended(self.day("2026-06-14"))
        return contract

    def ended_service_debit_schedule(self):
        schedule = self.make_service_debit_schedule("action_end")[0]
        schedule.action_end()
        return schedule

    def cancelled_service_reminder(self):
        return self.make_service_reminder("")[0]._update_state("cancelled")

    def waiting_service_reminder(self):
        return self.make_service_reminder("")[0]._update_state("waiting")

    def sent_service_reminder(self):
        return self.waiting_service_reminder()._update_state("sent")

    def failed_service_reminder(self):
        return self.sent_service_reminder()._update_state("failed")

    def left_out_service_price_revision(self):
        revision = self.make_service_price_revision("")[0]
        revision.action_leave_out()
        return revision

    def refused_service_price_revision(self):
        return self.make_service_price_revision("")[0]._update_state("refused")

    def undone_service_price_revision(self):
        revision = self.make_service_price_revision("action_undo")[0]
        revision.action_undo()
        return revision

    def undone_service_revision_batch(self):
        batch = self.make_service_revision_batch("action_undo")[0]
        batch.action_undo()
        return batch

    def cancelled_service_session(self):
        session = self.make_service_session("action_cancel")[0]
        session.action_cancel()
        return session

    def settled_service_session(self):
        session = self.make_service_session("action_open_settlement")[0]
        session.with_user(self.user_manager)._settle_sheet("confirm", "It stands.")
        return session

    def draft_service_termination(self):
        contract = self.make_service_contract("")[0]
        wizard = self.env["service.exit.simulation"].create(
            {"contract_id": contract.id, "wished_date": "2026-09-30"}
        )
        terminations = self.env["service.termination"].sudo()
        return terminations.create(wizard._prepare_termination_vals())

    def withdrawn_service_termination(self):
        termination = self.make_service_termination("action_withdraw")[0]
        termination.action_withdraw()
        return termination

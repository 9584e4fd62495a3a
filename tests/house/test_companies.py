"""Invariant 8, what is of one company stays there: its records, who they are for, who sees them."""

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import new_test_user, tagged

from ..verbs import VerbsCommon

ADDON = "service_contract"
STAYS = "given once, it does not change"
MIXED = "company crossover"
# Who did something, as it was: whether he works for the company by now decides nothing.
STAMPS = {
    "account.move.service_sending_user_id",
    "account.payment.order.service_uploaded_by_id",
    "payment.return.service_booked_by_id",
    "service.consent.user_id",
    "service.declaration.matched_by_id",
    "service.billing.run.preview_ready_ids",
    "service.billing.run.preview_user_id",
    "service.billing.run.preview_waiting_ids",
    "service.billing.run.started_by_id",
    "service.mrr.movement.user_id",
    "service.response.delay.user_id",
    "service.session.approval_user_id",
    "service.session.override_user_id",
    "service.session.settled_by_id",
    "service.session.check.user_id",
    "service.sheet.revision.settled_by_id",
    "service.termination.approver_id",
}
# What an inbox row says of a record from before, and the company's own choice.
SAID = {"service.exception.partner_id", "res.company.service_contest_user_id"}


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestCompanies(VerbsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sister = cls.setup_other_company(name="Sister")["company"]
        cls.stranger = cls.create_customer("Sister's", company_id=cls.sister.id)
        both = [Command.set((cls.company + cls.sister).ids)]
        groups = ("sales", "technician", "accountant", "manager")
        for role in groups:
            getattr(cls, f"user_{role}").company_ids = both

    @classmethod
    def of_everywhere(cls, record, user):
        """Return a record as somebody meets it who works in both companies, in ours now."""
        companies = (cls.company + cls.sister).ids
        return record.with_user(user).with_context(allowed_company_ids=companies)

    # ----- What has a company keeps it -----

    def get_lasting(self):
        """Return our models that last."""
        return [
            model
            for model in self.env.values()
            if model._original_module == ADDON and model._auto and not model._transient
            if not model._abstract
        ]

    def test_every_model_of_a_company_keeps_it(self):
        """The list is the registry's: who forgets the mixin on a new model fails here."""
        for model in self.get_lasting():
            field = model._fields.get("company_id")
            if field and field.store:
                self.assertTrue(hasattr(model, "_get_company_kept"), model._name)

    def find_records(self):
        """Return a record of every model that has one, and make those that are worth attacking."""
        self.make_service_session("")
        self.make_service_amendment("")
        self.make_service_charge("")
        self.make_service_billing_run("")
        self.make_service_price_revision("")
        self.make_service_connection_log("")
        self.make_service_exception("")
        self.make_service_level("")
        self.create_quote(self.product_support).action_confirm()
        self.env["service.duty"].create({"partner_id": self.customer.id})
        self.env["service.equipment"].create({"name": "PC", "partner_id": self.customer.id})
        self.env["service.remote.user"].create({"name": "x", "employee_id": self.employee.id})
        for model in self.get_lasting():
            if "company_id" in model._fields and model._fields["company_id"].store:
                if record := model.search([("company_id", "=", self.company.id)], limit=1):
                    yield record

    def test_nobody_moves_a_record(self):
        """Neither sudo nor the scheduler does, nor a manager of both companies."""
        found = list(self.find_records())
        self.assertGreaterEqual(len(found), 17, [record._name for record in found])
        for record in found:
            for writer in (record.sudo(), self.of_everywhere(record, self.user_manager)):
                with (
                    self.subTest(record._name, su=writer.env.su),
                    self.assertRaises(AccessError),
                    self.env.cr.savepoint(),
                ):
                    writer.write({"company_id": self.sister.id})
            record.sudo().write({"company_id": record.company_id.id})

    def test_shared_records_stay_shared(self):
        with self.assertRaisesRegex(AccessError, STAYS), self.env.cr.savepoint():
            self.family.with_user(self.user_manager).company_id = self.company

    def test_import_moves_nothing(self):
        run = self.create_run("2026-06-15", start=False)
        self.env["ir.model.data"].create(
            {"module": "__x__", "name": "run", "model": run._name, "res_id": run.id}
        )
        run = self.of_everywhere(run, self.user_accountant)
        result = run.load(["id", "company_id/.id"], [["__x__.run", str(self.sister.id)]])
        self.assertFalse(result["ids"])
        self.assertEqual(run.company_id, self.company)

    def test_a_run_and_its_drafts_stay_in_their_books(self):
        """The job would post them in the other company, and leave the charges in this one."""
        run = self.make_service_billing_run("action_open_invoices")[0]
        draft = run.invoice_ids
        sale = [("company_id", "=", self.sister.id), ("type", "=", "sale")]
        journal = self.env["account.journal"].search(sale, limit=1)
        for vals in ({"company_id": self.sister.id}, {"journal_id": journal.id}):
            for writer in (draft.sudo(), self.of_everywhere(draft, self.user_accountant)):
                with (
                    self.subTest(vals, su=writer.env.su),
                    self.assertRaises(UserError),
                    self.env.cr.savepoint(),
                ):
                    writer.write(vals)
        self.assertEqual(draft.company_id, self.company)
        other = (
            self.env["account.journal"]
            .search([("company_id", "=", self.company.id), ("type", "=", "sale")], limit=1)
            .copy({"code": "SAL2"})
        )
        draft.with_user(self.user_accountant).journal_id = other

    def test_orders_and_connections_stay(self):
        order = self.create_quote(self.product_support, user=self.user_sales)
        order.action_confirm()
        session = self.make_service_session("")[0]
        for record, user in ((order, self.user_sales), (session.line_ids, self.user_manager)):
            for writer in (record.sudo(), self.of_everywhere(record, user)):
                with (
                    self.subTest(record._name, su=writer.env.su),
                    self.assertRaises(UserError),
                    self.env.cr.savepoint(),
                ):
                    writer.company_id = self.sister
        self.assertTrue(order.service_contract_ids)

    def test_mandates_stay_with_the_contracts_that_they_pay(self):
        payer = self.create_customer("Payer", iban="FR7630006000011234567890189")
        contract = self.create_contract(payer, product=self.product_fibre)
        with self.assertRaisesRegex(UserError, contract.name), self.env.cr.savepoint():
            contract.mandate_id.company_id = self.sister

    # ----- Whom records are for -----

    def get_links(self):
        """Return our stored links to what may be of another company, the list from the registry."""
        for model in self.env.values():
            if model._abstract or model._transient or not model._auto:
                continue
            parent = model._fields.get("company_id")
            parent = parent and parent.related and parent.related.split(".")[0]
            for field in model._fields.values():
                if self.is_ours(model, field) and field.name != parent:
                    yield model, field

    def is_ours(self, model, field):
        is_link = field.type in ("many2one", "many2many") and field.store and not field.related
        if not is_link or field.comodel_name in ("res.company", "ir.attachment"):
            return False
        comodel = self.env[field.comodel_name]
        has_company = {"company_id", "company_ids"} & comodel._fields.keys()
        is_own = field._modules[:1] == (ADDON,) or model._original_module == ADDON
        is_magic = field.name in ("create_uid", "write_uid")
        return bool(is_own and has_company and not is_magic)

    def test_every_link_is_checked(self):
        """Who adds a link to partners, products or journals fails here until it is checked."""
        unchecked = {
            f"{model._name}.{field.name}"
            for model, field in self.get_links()
            if not field.check_company or not model._check_company_auto
            if {"company_id", "company_ids"} & model._fields.keys()
        }
        self.assertEqual(unchecked - STAMPS - SAID, set())
        self.assertLessEqual(STAMPS | SAID, {f"{m._name}.{f.name}" for m, f in self.get_links()})

    def test_new_records_are_for_nobody_of_another_company(self):
        stranger, ours = self.stranger.id, {"partner_id": self.customer.id}
        contract = {**ours, "family_id": self.family.id}
        cases = (
            ("service.contract", self.user_sales, {**contract, "partner_id": stranger}),
            ("service.contract", self.user_sales, {**contract, "partner_invoice_id": stranger}),
            ("service.contract", self.user_sales, {**contract, "partner_shipping_id": stranger}),
            ("service.contract", self.user_sales, {**contract, "referent_id": stranger}),
            ("service.session", self.user_technician, {"partner_id": stranger}),
            ("service.session", self.user_technician, {**ours, "contact_id": stranger}),
            ("service.equipment", self.user_technician, {"name": "PC", "partner_id": stranger}),
            (
                "service.equipment",
                self.user_technician,
                {"name": "PC", **ours, "supplier_id": stranger},
            ),
            ("service.duty", self.user_technician, {"partner_id": stranger}),
            (
                "service.allowance",
                self.user_manager,
                {"partner_id": stranger, "seconds": 3600, "date": "2026-06-01"},
            ),
        )
        for name, user, vals in cases:
            model = self.of_everywhere(self.env[name], user)
            speaks = {"referent_id", "contact_id"} & vals.keys()
            words = "is nobody of" if speaks else MIXED
            with (
                self.subTest(name, vals=vals),
                self.assertRaisesRegex(UserError, words),
                self.env.cr.savepoint(),
            ):
                model.create(vals)

    def test_nobody_is_exchanged_for_somebody_of_another_company(self):
        contract = self.create_contract(activate=False)
        session = self.create_session([], done=False)
        device = self.env["service.equipment"].create(
            {"name": "PC", "partner_id": self.customer.id}
        )
        outsider = new_test_user(
            self.env,
            login="service_outsider",
            groups="service_contract.service_contract_group_user",
            company_id=self.sister.id,
            company_ids=[Command.set(self.sister.ids)],
        )
        cases = (
            (contract, self.user_sales, {"partner_id": self.stranger.id}),
            (contract, self.user_sales, {"partner_invoice_id": self.stranger.id}),
            (contract, self.user_sales, {"user_id": outsider.id}),
            (session, self.user_technician, {"partner_id": self.stranger.id}),
            (session, self.user_technician, {"user_id": outsider.id}),
            (device, self.user_technician, {"supplier_id": self.stranger.id}),
        )
        for record, user, vals in cases:
            with (
                self.subTest(record._name, vals=vals),
                self.assertRaisesRegex(UserError, MIXED),
                self.env.cr.savepoint(),
            ):
                self.of_everywhere(record, user).write(vals)

    def test_customers_stay_where_we_work_for_them(self):
        self.create_contract()
        with self.assertRaisesRegex(UserError, "works for Customer A"), self.env.cr.savepoint():
            self.customer.company_id = self.sister
        self.customer.company_id = self.company
        self.customer.company_id = False

    # ----- Records from before -----

    def test_records_from_before_are_worked_on(self):
        """What refers to another company's partner is refused from now on, not locked."""
        contract = self.create_contract(start="2026-06-01")
        session = self.create_session([("2026-06-10 09:00:00", 1800)], done=False)
        names = ("partner_id", "commercial_partner_id")
        self.store(session, **dict.fromkeys(names, self.stranger))
        self.store(contract, **dict.fromkeys((*names, "partner_invoice_id"), self.stranger))
        contract.with_user(self.user_sales).note = "x"
        session.with_user(self.user_technician).report = "Paper put in"
        session.with_user(self.user_technician).action_done()
        self.assertEqual(session.sudo().charge_ids.partner_id, self.stranger)
        contract._generate_charges(self.day("2026-07-01"))
        self.assertEqual(contract.charge_ids.partner_id, self.stranger)

    def test_records_from_before_are_listed_at_the_update(self):
        """The update gives the inbox a row for each, with the button that opens the record."""
        contract = self.create_contract(start="2026-06-01")
        session = self.create_session([], done=False, contract_id=False)
        other = self.create_contract(start="2026-06-01", activate=False)
        inbox = self.env["service.exception"]
        names = ("partner_id", "commercial_partner_id")
        self.store(session, **dict.fromkeys(names, self.stranger))
        self.store(contract, **dict.fromkeys((*names, "partner_invoice_id"), self.stranger))
        found = inbox._report_mixed("service.contract", Domain("state", "in", ("draft", "active")))
        self.assertEqual(found, contract)
        self.assertNotIn(other, found)
        inbox._report_mixed("service.contract", Domain("state", "in", ("draft", "active")))
        row = inbox.search([("res_model", "=", "service.contract"), ("res_id", "=", contract.id)])
        self.assertEqual(len(row), 1)
        self.assertIn("Invoice Address: Sister's belongs to another company", row.detail)
        action = row.with_user(self.user_manager).action_open_record()
        self.assertEqual((action["res_model"], action["res_id"]), (contract._name, contract.id))
        self.assertEqual(inbox._report_mixed("service.session", Domain.TRUE), session)

    # ----- Methods that go on with more rights -----

    def test_price_of_an_open_session_elsewhere(self):
        """A manager of both companies who works in ours alone sets none in the other one."""
        session = self.create_session([("2026-06-10 09:00:00", 1800)], done=False).sudo()
        manager = self.user_manager
        manager.write({"company_ids": [Command.set(self.sister.ids)], "company_id": self.sister.id})
        vals = {"session_id": session.id, "amount": 0, "reason_id": self.reason["price"].id}
        wizards = self.env["service.session.override"].with_user(manager)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            wizards.create(vals).action_apply()
        self.env.invalidate_all()
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            session.with_user(manager)._set_override(0, self.reason["price"])
        self.assertFalse(session.is_price_overridden)

    def test_wizards_tell_nothing_of_other_companies(self):
        """By no door: made, changed, begun by a context, or asked by an onchange."""
        session = self.create_session([("2026-06-10 09:00:00", 1800)], done=False).sudo()
        own = self.create_session([("2026-06-11 09:00:00", 1800)], done=False, user=None).sudo()
        manager = self.user_manager
        self.store(own, company_id=self.sister)
        manager.write({"company_ids": [Command.set(self.sister.ids)], "company_id": self.sister.id})
        wizards = self.env["service.session.override"].with_user(manager)
        reason = {"reason_id": self.reason["price"].id}
        doors = (
            lambda: wizards.create({"session_id": session.id, **reason}),
            lambda: wizards.with_context(default_session_id=session.id).create(reason),
            lambda: wizards.with_context(default_session_id=session.id).default_get(["session_id"]),
            lambda: wizards.create({"session_id": own.id, **reason}).write(
                {"session_id": session.id}
            ),
            lambda: wizards.onchange(
                {"session_id": session.id}, ["session_id"], {"computed_amount": {}}
            ),
        )
        for number, door in enumerate(doors):
            self.env.invalidate_all()
            with self.subTest(number), self.assertRaises(AccessError), self.env.cr.savepoint():
                door()

    def test_reports_print_nothing_of_other_companies(self):
        """By no report of ours, asked for by the id of a record: the list is the registry's."""
        session = self.make_service_session("action_bill_now")[0]
        run = self.make_service_billing_run("action_collect")[0]
        run.action_collect()
        records = {
            "service.session": session,
            "account.payment.order": run.order_ids,
            "service.contract": self.make_service_contract("action_make_document")[0],
            "service.amendment": self.make_service_amendment("")[0],
        }
        self.assertTrue(all(records.values()))
        named = [("report_name", "like", "service_contract."), ("model", "in", [*records])]
        reports = self.env["ir.actions.report"].search(named)
        self.assertGreaterEqual(len(reports), 6, reports.mapped("report_name"))
        sister = {"company_ids": [Command.set(self.sister.ids)], "company_id": self.sister.id}
        (self.user_manager + self.user_accountant).write(sister)
        for report in reports:
            self.env.invalidate_all()
            is_order = report.model == "account.payment.order"
            user = self.user_accountant if is_order else self.user_manager
            own = report.with_user(user).with_context(force_report_rendering=True)
            with self.subTest(report.report_name), self.env.cr.savepoint():
                with self.assertRaises(AccessError):
                    if report.report_type == "xlsx":
                        own._render_xlsx(report.report_name, records[report.model].ids, {})
                    else:
                        own._render_qweb_html(report, records[report.model].ids)

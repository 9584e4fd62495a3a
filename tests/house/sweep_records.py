"""A house lived in: a record of every model in every state, made by the product's own steps."""

from odoo import Command
from odoo.tests import new_test_user

from ..verbs import VerbsCommon

# Fields, beside those of ``_transitions``, whose value decides what may still be written.
FEATURES = (
    "account.group_delivery_invoice_address",
    "analytic.group_analytic_accounting",
    "base.group_multi_company",
    "base.group_multi_currency",
    "product.group_product_pricelist",
    "project.group_project_user",
    "sale.group_discount_per_so_line",
    "uom.group_uom",
)
STATES = ("state", "standing", "approval_state", "notice_state", "billing_state")


class SweepRecords(VerbsCommon):
    roles = ("technician", "sales", "accountant", "manager", "portal", "foreigner")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_users()
        cls.company.service_income_account_id = cls.company_data["default_account_revenue"]

    @classmethod
    def _make_users(cls):
        sister = cls.setup_other_company(name="Sister")["company"]
        cls.user_foreigner = new_test_user(
            cls.env,
            login="service_foreigner",
            groups="account.group_account_invoice,sales_team.group_sale_manager,"
            "service_contract.service_contract_group_manager,"
            "account_payment_batch_oca.group_account_payment",
            company_id=sister.id,
            company_ids=[Command.set(sister.ids)],
        )
        # What these groups show is shown to whoever has a role: a company switches them on.
        for user in (*map(cls.get_user, cls.roles[:4]), cls.user_foreigner):
            user.group_ids += cls.env["res.groups"].union(*map(cls.env.ref, FEATURES))

    @classmethod
    def get_user(cls, role):
        return getattr(cls, f"user_{role}")

    # ----- What there is -----

    def make_world(self):
        """Make records of all models in all states."""
        for name in dir(type(self)):
            if name.startswith("live_"):
                getattr(self, name)()
        self.env.flush_all()
        self.env.invalidate_all()

    def make_by_workflow(self, model, **vals):
        """Make what no person makes by hand."""
        if (
            "company_id" in self.env[model]._fields
            and not self.env[model]._fields["company_id"].related
        ):
            vals.setdefault("company_id", self.company.id)
        return self.env[model].sudo().create(vals)

    def live_a_catalogue(self):
        env = self.env
        level = self.create_level("Swept", "managed")
        work_type = env["service.work.type"].create({"name": "Cabling"})
        env["service.scope.rule"].create(
            {"level_id": level.id, "work_type_id": work_type.id, "effect": "included"}
        )
        env["service.checklist"].create(
            {
                "name": "Yearly",
                "work_type_id": work_type.id,
                "level_id": level.id,
                "item_ids": [Command.create({"name": "Backups"})],
            }
        )
        self.create_windows(level, "01", (8, 18))
        self.make_service_conditions("")
        index = self.make_service_price_index("")[0]
        index.value_ids = [Command.create({"date": "2026-01-01", "value": 101.5})]
        env["service.revision.rule"].create(
            {"name": "Free", "method": "percent", "percent": 2, "timing": "manual"}
        )
        self.make_by_workflow("service.batch.position", name="step", day="2026-06-15")
        env["service.attempt"].sudo()._allow("page", "192.0.2.7", 3, 60)
        self.make_by_workflow("service.connection.log", name="x", profile="generic")
        self.make_by_workflow(
            "service.connection.format", name="a;b", signature="a;b", columns={"a": 1}
        )
        env["service.remote.user"].create(
            {"name": "tech", "employee_id": self.employee.id, "company_id": self.company.id}
        )
        env["res.country.group"].create({"name": "Islands", "service_tax_rate": 8.5})

    def live_b_contracts(self):
        self.create_contract(activate=False, user_id=self.user_sales.id)
        self.create_contract(start="2026-06-01", user_id=self.user_sales.id)
        self.create_contract(activate=False).action_cancel()
        suspended = self.create_contract(start="2026-06-01")
        self.env["service.suspension"].create({"contract_id": suspended.id})
        self.create_contract(start="2026-01-01").sudo()._set_ended(self.day("2026-05-31"))
        self.env["service.equipment"].create(
            {"name": "PC 1", "partner_id": self.customer.id, "remote_tool_id": "123456789"}
        )
        self.env["service.duty"].create(
            {"partner_id": self.customer.id, "date_start": "2026-07-01", "date_end": "2026-07-02"}
        )

    def live_bb_mandates(self):
        for state in ("draft", "valid", "final", "expired", "cancel"):
            self.create_mandate(self.create_customer(f"Debtor {state}"), state=state)
        suspended = self.create_mandate(self.create_customer("Debtor suspended"))
        suspended.partner_bank_id.action_archive()

    def live_c_exits(self):
        self.terminate(self.create_contract(start="2026-06-01"))
        self.terminate(self.create_contract(start="2026-06-01"), confirm=False)
        contract = self.create_contract(start="2026-06-01")
        self.terminate(contract)
        contract.termination_id.action_withdraw()
        other = self.create_contract(start="2026-06-01")
        wizard = self.env["service.exit.simulation"].create(
            {"contract_id": other.id, "wished_date": "2026-09-30"}
        )
        self.make_by_workflow("service.termination", **wizard._prepare_termination_vals())
        self.make_service_commitment("")

    def live_d_amendments(self):
        self.make_service_amendment("")
        self.make_service_amendment("")[0].action_cancel()
        self.make_service_amendment("action_open_document")
        self.make_losing_quote().action_ask_loss()

    def live_n_returns(self):
        self.make_service_bank_file("action_book")
        self.make_service_debit_schedule("")
        self.make_service_debit_schedule("action_end")
        self.make_service_debit_schedule("action_end")[0].action_end()
        self.make_service_bank_file("action_book_credits")[0].action_book_credits()

    def live_o_reminders(self):
        """A letter in each state, one after the other: an invoice stands in one at a time."""
        self.make_service_reminder("action_print")
        self.make_service_reminder("action_posted")
        for state in ("waiting", "cancelled"):
            self.make_service_reminder("")[0]._update_state(state)
        for state in ("sent", "failed"):
            letter = self.make_service_reminder("action_posted")[0]
            letter._set_sent()
            if state == "failed":
                letter._update_state(state)
        self.make_service_reminder("")

    def live_e_charges(self):
        self.make_service_charge("")
        self.make_service_charge("action_owe")
        self.make_service_charge("action_release")
        self.make_service_charge("action_open_invoice")
        contract = self.make_service_contract("action_keep_agreed")[0]
        contract.with_user(self.user_manager).action_keep_agreed()
        self.make_by_workflow("service.takeover", contract_id=contract.id, date="2026-06-15")

    def live_aa_sessions(self):
        for name in (
            "action_start",
            "action_stop",
            "action_done",
            "action_reopen",
            "action_tell_appointment",
            "action_check_all",
            "action_withdraw_sheet",
            "action_resume_silence",
            "action_open_settlement",
            "action_approve",
            "action_bill_now",
            "action_remove_override",
        ):
            self.make_service_session(name)
        self.make_service_session("action_cancel")[0].with_user(
            self.user_technician
        ).action_cancel()
        settled = self.make_service_session("action_open_settlement")[0]
        self.settle(settled)
        withdrawn = self.make_service_session("action_withdraw_sheet")[0]
        withdrawn.with_user(self.user_technician).action_withdraw_sheet()
        self.reopen_answered_sheets()
        refused = self.make_service_session("action_refuse")[0]
        refused.with_user(self.user_manager).action_refuse()
        approved = self.make_service_session("action_refuse")[0]
        approved.with_user(self.user_manager).action_approve()
        billed = self.make_service_session("action_bill_now")[0]
        billed.with_user(self.user_manager).action_bill_now()
        extend = self.make_service_session_extend("")[0]
        self.env["service.session.extend"].with_user(self.user_technician).create(
            extend
        ).action_extend()
        self.ask_consents()

    def ask_consents(self):
        """Make consents that wait, that are given and that a newer code took the place of."""
        asked = self.create_session([], done=False)
        asked._ask_consent()
        asked._ask_consent()
        self.create_session([], done=False)._note_phone_consent("No browser at hand")
        for name in ("action_activate", "action_revoke"):
            self.make_service_unattended_access(name)
        self.make_service_unattended_access("action_revoke")[0].action_revoke()
        self.env["service.remote.tool"].create(
            {
                "name": "Tool",
                "launch_pattern": "anydesk:{id}",
                "session_url": "https://example.com/session",
                "permanent_url": "https://example.com/permanent",
            }
        )

    def reopen_answered_sheets(self):
        """Make revisions of sheets that were confirmed, contested and settled."""
        confirmed = self.make_service_session("action_bill_now")[0]
        contested = self.make_service_session("action_open_settlement")[0]
        settled = self.make_service_session("action_open_settlement")[0]
        self.settle(settled)
        for session in (confirmed, contested, settled):
            session.with_user(self.user_manager).action_reopen()

    def settle(self, session):
        wizards = self.env["service.session.settlement"].with_user(self.user_manager)
        wizards.create({"session_id": session.id, "note": "It stands."}).action_settle()

    def live_f_included_sessions(self):
        customer = self.create_customer("Included")
        contract = self.create_contract(customer, start="2026-06-01")
        self.create_session(
            [("2026-06-10 09:00:00", 1800)], customer=customer, contract_id=contract.id
        )
        session = self.create_session([], customer=customer, done=False)
        states = dict(self.env["service.session.check"]._fields["state"].selection)
        session.sudo().check_ids = [
            Command.create({"name": state, "state": state, "note": "Seen"}) for state in states
        ]

    def live_g_runs(self):
        self.make_service_billing_run("action_start")
        self.make_service_billing_run("action_continue")
        run = self.make_service_billing_run("action_collect")[0]
        run.action_collect()
        run.invoice_ids._ask_debit_decision("Returned by the bank")
        posted = self.make_service_billing_run("action_collect")[0].invoice_ids[:1]
        refund = posted._reverse_moves()
        refund.action_post()

    def live_h_sales(self):
        order = self.create_quote(self.product_support, user=self.user_sales)
        order.action_confirm()
        self.create_quote(self.product_support, user=self.user_sales)
        self.create_quote(self.product_support, user=self.user_sales).action_quotation_sent()
        self.create_quote(self.product_support, user=self.user_sales)._action_cancel()
        prepaid = self.create_product("Ten hours", 500.0)
        prepaid.write({"service_prepaid_hours": 10})
        self.create_quote(prepaid, user=self.user_sales).action_confirm()

    def live_i_revisions(self):
        self.make_service_price_revision("")
        self.make_service_price_revision("")[0].action_leave_out()
        applied = self.make_service_price_revision("")[0]
        applied.action_apply()
        self.make_service_price_revision("action_undo")[0].action_undo()
        self.make_service_price_revision("")[0]._set_refused("no_rule", {})
        for name in ("action_preview", "action_apply", "action_undo"):
            self.make_service_revision_batch(name)
        self.make_service_revision_batch("action_undo")[0].action_undo()

    def live_j_inbox(self):
        contract = self.make_service_contract("")[0]
        self.env["service.exception"]._report(contract, "contract", "Look")
        row = self.env["service.exception"]._report(contract, "session", "Look again")
        row.action_done()
        self.make_by_workflow(
            "service.allowance",
            partner_id=self.customer.id,
            kind="prepaid",
            date="2026-06-01",
            seconds=3600,
        )

    def live_k_declarations(self):
        for name in ("", "action_record", "action_reopen"):
            self.make_service_declaration(name)
        self.recorded_service_declaration()
        self.repeated_service_declaration()

    # ----- One record for each state -----

    @classmethod
    def pick(cls, model):
        """Return ``{state in words: record}``: one of each state, that of its parent included."""
        found = {}
        records = (
            cls.env[model]
            .sudo()
            .with_context(active_test=False)
            .search(cls.get_domain(model), order="id desc")
        )
        for record in records:
            found.setdefault(cls.describe(record), record)
        return found

    @classmethod
    def get_domain(cls, model):
        fields = cls.env[model]._fields
        if model == "res.company":
            return [("id", "=", cls.company.id)]
        if "company_id" in fields and fields["company_id"].store:
            return [("company_id", "in", [cls.company.id, False])]
        if model == "res.partner":
            return [("id", "=", cls.customer.id)]
        return []

    @classmethod
    def describe(cls, record):
        """Return a record's state in words, with that of the record it belongs to."""
        found = cls.get_states(record, STATES)
        for field in record._fields.values():
            if field.type == "many2one" and cls.is_parent(field) and record[field.name]:
                states = cls.get_states(record[field.name], STATES[:2])
                found += [f"{field.name}.{state}" for state in states]
        return ", ".join(found) or "any"

    @staticmethod
    def get_states(record, more):
        names = dict.fromkeys((*getattr(record, "_transitions", ()), *more))
        fields = [record._fields[name] for name in names if name in record._fields]
        return [
            f"{field.name}={record[field.name]}" for field in fields if field.type == "selection"
        ]

    @staticmethod
    def is_parent(field):
        if field.store and field.ondelete == "cascade" and field.name != "parent_id":
            return field.comodel_name.startswith(("service.", "sale.order", "account.move"))
        return field.name == "service_session_id"

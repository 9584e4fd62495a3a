"""Who may do what, in which company: each role on each model, and what sudo must not leak."""

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..common import IBANS, ServiceContractCommon

NOTHING, READ, EDIT, FULL = "", "r", "rwc", "rwcd"
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}
ROLES = ("technician", "sales", "accountant", "manager", "portal")
# What each role may do: read, write, create, delete.
RIGHTS = {
    "service.contract": (READ, EDIT, READ, FULL, NOTHING),
    "service.contract.line": (READ, FULL, READ, FULL, NOTHING),
    "service.commitment": (READ, READ, READ, FULL, NOTHING),
    "service.amendment": (READ, EDIT, READ, FULL, NOTHING),
    "service.suspension": (READ, READ, READ, FULL, NOTHING),
    "service.termination": (READ, READ, READ, FULL, NOTHING),
    "service.declaration": (READ, "rw", READ, "rwd", NOTHING),
    "service.declaration.match": (NOTHING, FULL, NOTHING, FULL, NOTHING),
    "service.declaration.candidate": (NOTHING, FULL, NOTHING, FULL, NOTHING),
    "service.charge": (READ, READ, "rw", "rw", NOTHING),
    "service.charge.decision": (NOTHING, NOTHING, FULL, FULL, NOTHING),
    "service.goodwill": (NOTHING, NOTHING, FULL, FULL, NOTHING),
    "service.notice.decision": (NOTHING, NOTHING, FULL, NOTHING, NOTHING),
    "service.debit.batch": (NOTHING, NOTHING, FULL, NOTHING, NOTHING),
    "service.debit.batch.line": (NOTHING, NOTHING, FULL, NOTHING, NOTHING),
    "service.debit.file": (NOTHING, NOTHING, READ, NOTHING, NOTHING),
    "service.debit.report": (NOTHING, NOTHING, READ, NOTHING, NOTHING),
    "service.debit.schedule": (NOTHING, NOTHING, FULL, NOTHING, NOTHING),
    "service.debit.schedule.line": (NOTHING, NOTHING, FULL, NOTHING, NOTHING),
    "service.reminder": (NOTHING, NOTHING, "rw", READ, NOTHING),
    "service.reminder.level": (READ, READ, READ, FULL, NOTHING),
    "service.reminder.line": (NOTHING, NOTHING, "rw", READ, NOTHING),
    "service.mandate.replacement": (NOTHING, NOTHING, FULL, NOTHING, NOTHING),
    "service.one.off": (NOTHING, FULL, FULL, FULL, NOTHING),
    "service.attempt": (NOTHING, NOTHING, NOTHING, NOTHING, NOTHING),
    "service.batch.position": (NOTHING, NOTHING, NOTHING, NOTHING, NOTHING),
    "service.bank.file": (NOTHING, NOTHING, EDIT, READ, NOTHING),
    "service.billing.preview": (NOTHING, NOTHING, READ, READ, NOTHING),
    "service.billing.question": (NOTHING, NOTHING, FULL, FULL, NOTHING),
    "service.billing.redate": (NOTHING, NOTHING, FULL, NOTHING, NOTHING),
    "service.order.number": (NOTHING, NOTHING, FULL, NOTHING, NOTHING),
    "service.debit.anyway": (NOTHING, NOTHING, FULL, NOTHING, NOTHING),
    "service.debit.check": (NOTHING, NOTHING, FULL, NOTHING, NOTHING),
    "service.debit.check.line": (NOTHING, NOTHING, FULL, NOTHING, NOTHING),
    "service.billing.run": (NOTHING, NOTHING, FULL, READ, NOTHING),
    "service.lot.credit": (NOTHING, NOTHING, FULL, NOTHING, NOTHING),
    "service.order.number.list": (NOTHING, NOTHING, FULL, NOTHING, NOTHING),
    "service.missing.tax": (NOTHING, NOTHING, FULL, NOTHING, NOTHING),
    "service.missing.tax.line": (NOTHING, NOTHING, FULL, NOTHING, NOTHING),
    "service.missing.address": (NOTHING, NOTHING, NOTHING, NOTHING, NOTHING),
    "service.missing.address.line": (NOTHING, NOTHING, NOTHING, NOTHING, NOTHING),
    "service.takeover.list": (NOTHING, NOTHING, NOTHING, FULL, NOTHING),
    "service.takeover.list.line": (NOTHING, NOTHING, NOTHING, FULL, NOTHING),
    "service.exception": (READ, READ, "rw", FULL, NOTHING),
    "service.exception.cause": (READ, READ, READ, READ, NOTHING),
    "service.session": (EDIT, READ, READ, FULL, READ),
    "service.session.connection": (READ, NOTHING, READ, READ, NOTHING),
    "service.response.delay": (READ, READ, READ, READ, NOTHING),
    "service.sheet.revision": (READ, READ, READ, READ, NOTHING),
    "service.consent": (READ, NOTHING, READ, READ, NOTHING),
    "service.unattended.access": (EDIT, NOTHING, NOTHING, FULL, NOTHING),
    "service.consent.phone": (FULL, NOTHING, NOTHING, FULL, NOTHING),
    "service.equipment": (EDIT, READ, READ, FULL, NOTHING),
    "service.duty": (EDIT, READ, READ, FULL, NOTHING),
    "service.scope.matrix": (NOTHING, NOTHING, NOTHING, FULL, NOTHING),
    "service.session.override": (NOTHING, NOTHING, NOTHING, FULL, NOTHING),
    "service.allowance": (READ, READ, READ, FULL, NOTHING),
    "service.forecast": (NOTHING, NOTHING, FULL, FULL, NOTHING),
    "service.forecast.line": (NOTHING, NOTHING, READ, READ, NOTHING),
    "service.family": (READ, READ, READ, FULL, NOTHING),
    "service.level": (READ, READ, READ, FULL, NOTHING),
    "service.tariff": (READ, READ, READ, FULL, NOTHING),
    "service.clause": (READ, READ, READ, FULL, NOTHING),
    "service.conditions": (READ, READ, READ, FULL, NOTHING),
    "service.reason": (READ, READ, READ, FULL, NOTHING),
    "service.revision.rule": (READ, READ, READ, FULL, NOTHING),
    "service.revision.batch": (READ, READ, READ, FULL, NOTHING),
    "service.price.revision": (READ, READ, READ, FULL, NOTHING),
    "service.work.type": (READ, READ, READ, FULL, NOTHING),
    "service.amendment.line": (READ, FULL, READ, FULL, NOTHING),
    "service.checklist": (READ, READ, READ, FULL, NOTHING),
    "service.checklist.item": (READ, READ, READ, FULL, NOTHING),
    "service.connection.format": (READ, NOTHING, NOTHING, FULL, NOTHING),
    "service.connection.import": (FULL, NOTHING, NOTHING, FULL, NOTHING),
    "service.connection.import.column": (FULL, NOTHING, NOTHING, FULL, NOTHING),
    "service.connection.import.device": (FULL, NOTHING, NOTHING, FULL, NOTHING),
    "service.connection.import.problem": (FULL, NOTHING, NOTHING, FULL, NOTHING),
    "service.connection.import.session": (FULL, NOTHING, NOTHING, FULL, NOTHING),
    "service.connection.import.user": (FULL, NOTHING, NOTHING, FULL, NOTHING),
    "service.connection.log": ("rc", NOTHING, NOTHING, FULL, NOTHING),
    "service.contract.event": (READ, READ, READ, READ, NOTHING),
    "service.contract.report": (READ, READ, READ, READ, NOTHING),
    "service.coverage.window": (READ, READ, READ, FULL, NOTHING),
    "service.contract.activation": (NOTHING, FULL, NOTHING, FULL, NOTHING),
    "service.exit.simulation": (NOTHING, FULL, NOTHING, FULL, NOTHING),
    "service.mrr.movement": (NOTHING, READ, READ, READ, NOTHING),
    "service.price.index": (READ, READ, READ, FULL, NOTHING),
    "service.price.index.import": (NOTHING, NOTHING, NOTHING, FULL, NOTHING),
    "service.price.index.import.line": (NOTHING, NOTHING, NOTHING, FULL, NOTHING),
    "service.price.index.value": (READ, READ, READ, FULL, NOTHING),
    "service.price.revision.line": (READ, READ, READ, FULL, NOTHING),
    "service.quoted.term": (READ, FULL, READ, FULL, NOTHING),
    "service.remote.tool": (READ, NOTHING, NOTHING, FULL, NOTHING),
    "service.remote.user": (EDIT, NOTHING, NOTHING, FULL, NOTHING),
    "service.scope.matrix.cell": (NOTHING, NOTHING, NOTHING, FULL, NOTHING),
    "service.scope.rule": (READ, READ, READ, FULL, NOTHING),
    "service.session.check": (EDIT, READ, READ, FULL, NOTHING),
    "service.session.contest": (FULL, NOTHING, NOTHING, FULL, NOTHING),
    "service.session.extend": (FULL, NOTHING, NOTHING, FULL, NOTHING),
    "service.session.settlement": (NOTHING, NOTHING, NOTHING, FULL, NOTHING),
    "service.session.signature": (FULL, NOTHING, NOTHING, FULL, NOTHING),
    "service.session.statement": (FULL, NOTHING, FULL, FULL, NOTHING),
    "service.setup": (NOTHING, NOTHING, NOTHING, FULL, NOTHING),
    "service.setup.check": (NOTHING, NOTHING, NOTHING, FULL, NOTHING),
    "service.setup.product": (NOTHING, NOTHING, NOTHING, FULL, NOTHING),
    "service.takeover": (READ, READ, READ, FULL, NOTHING),
    "service.takeover.choice": (NOTHING, NOTHING, NOTHING, FULL, NOTHING),
    "service.takeover.choice.line": (NOTHING, NOTHING, NOTHING, FULL, NOTHING),
}


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestAccess(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.create_contract(start="2026-06-01")
        cls.run_1 = cls.create_run("2026-06-15")
        cls.exception = cls.env["service.exception"]._report(cls.contract, "contract", "Look")

    @classmethod
    def get_user(cls, role):
        return getattr(cls, f"user_{role}")

    # ----- Roles -----

    def test_rights_are_listed_for_every_model(self):
        """A new model makes this fail until somebody has decided who may do what."""
        own = {
            model._name
            for model in self.env.registry.values()
            if model._original_module == "service_contract" and not model._abstract
        }
        self.assertEqual(own, set(RIGHTS))

    def test_nobody_without_login_reads_a_model(self):
        public = self.env.ref("base.public_user")
        for model in RIGHTS:
            for operation in OPERATIONS.values():
                self.assertFalse(self.env[model].with_user(public).has_access(operation), model)

    def test_every_model_of_a_company_is_kept_to_it(self):
        """Invariant 8: what has a company, or belongs to what has one, has a rule that says so.

        What no role may do anything with is the jobs' own; why matters need a person is the
        add-on's own, and nobody writes it.
        """
        rules = self.env["ir.rule"].search([("groups", "=", False)])
        kept = {rule.model_id.model for rule in rules if "company_ids" in (rule.domain_force or "")}
        used = {model for model, rights in RIGHTS.items() if any(rights)}
        lasting = {model for model in used if not self.env[model]._transient}
        self.assertEqual(lasting - kept, {"service.exception.cause"})

    def test_rights_of_each_role(self):
        for model, rights in RIGHTS.items():
            for role, right in zip(ROLES, rights, strict=True):
                user = self.get_user(role)
                found = "".join(
                    letter
                    for letter, operation in OPERATIONS.items()
                    if self.env[model].with_user(user).has_access(operation)
                )
                self.assertEqual(found, right, f"{role} on {model}")

    def test_every_role_opens_the_screens(self):
        records = self.contract + self.create_contract(product=self.product_fibre, activate=False)
        for role in ("technician", "sales", "accountant", "manager"):
            for record in (*records, self.contract.charge_ids, self.exception):
                form = Form(record.with_user(self.get_user(role)))
                self.assertEqual(form.id, record.id, f"{role}: {record._name}")

    def test_accountants_and_managers_see_runs(self):
        for role in ("accountant", "manager"):
            runs = self.env["service.billing.run"].with_user(self.get_user(role)).search([])
            self.assertIn(self.run_1, runs)

    def test_portal_user_sees_nothing(self):
        """Customers read their own sessions only (test_request_portal), and nothing else."""
        other = self.create_customer("Other")
        self.create_session([("2026-06-02 09:00:00", 60)], customer=other, done=False)
        for name in RIGHTS:
            records = self.env[name].with_user(self.user_portal)
            if name == "service.session":
                self.assertFalse(records.search([]))
                continue
            with self.assertRaises(AccessError):
                records.search([])
        with self.assertRaises(AccessError):
            self.contract.with_user(self.user_portal).read(["name"])

    # ----- No rights through the back door -----

    def test_technician_changes_no_contract(self):
        contract = self.contract.with_user(self.user_technician)
        for action in ("action_suspend", "action_reactivate", "action_cancel"):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                getattr(self.create_contract().with_user(self.user_technician), action)()
        for vals in ({"note": "x"}, {"mandate_id": False}, {"line_ids": [Command.clear()]}):
            with self.assertRaises(AccessError):
                contract.write(vals)

    def test_salesman_makes_no_charge_invoice_or_run(self):
        sales = self.user_sales
        charge = self.contract.charge_ids
        with self.assertRaises(AccessError):
            charge.with_user(sales).write({"is_waived": True})
        with self.assertRaises(AccessError):
            charge.with_user(sales).copy({"kind": "credit", "contract_line_id": False})
        with self.assertRaises(AccessError):
            self.env["service.billing.run"].with_user(sales).create({})
        with self.assertRaises(AccessError):
            self.run_1.with_user(sales).read(["name"])

    def test_salesman_cannot_exempt_from_sepa(self):
        contract = self.create_contract(product=self.product_fibre, activate=False)
        with self.assertRaises(AccessError):
            contract.with_user(self.user_sales).is_sepa_waived = True
        with self.assertRaises(AccessError):
            self.env["service.contract"].with_user(self.user_sales).create(
                {
                    "partner_id": self.customer.id,
                    "family_id": self.family_sepa.id,
                    "is_sepa_waived": True,
                    "sepa_waiver_reason": "x",
                }
            )

    def test_salesman_cannot_move_commitments(self):
        term = self.contract.commitment_ids.with_user(self.user_sales)
        with self.assertRaises(AccessError):
            term.notice_sent_on = "2026-06-15"
        with self.assertRaises(AccessError):
            term.create(self.contract.commitment_ids._prepare_commitment_vals(self.contract, 1))

    def test_salesman_reaches_only_his_orders_contracts_through_sudo(self):
        """Confirming one's own order must not change a contract of another company."""
        sister = self.setup_other_company(name="Sister")["company"]
        foreign = self.create_contract(company_id=sister.id)
        order = self.create_quote(self.product_support, user=self.user_sales)
        with self.assertRaises(AccessError):
            order.write({"service_contract_ids": [Command.link(foreign.id)]})
            self.env.flush_all()

    def test_accountant_changes_no_contract(self):
        contract = self.contract.with_user(self.user_accountant)
        for vals in ({"note": "x"}, {"state": "ended"}):
            with self.assertRaises(AccessError):
                contract.write(vals)
        with self.assertRaises(AccessError):
            contract.line_ids.write({"price_unit": 1})

    def test_private_steps_are_not_verbs(self):
        """What works with sudo has an underscore: the web client cannot call it."""
        public = {
            name
            for model in (
                "service.contract",
                "service.charge",
                "service.billing.run",
                "service.exception",
            )
            for name in dir(type(self.env[model]))
            if not name.startswith("_")
            and callable(getattr(type(self.env[model]), name))
            and "service_contract"
            in getattr(getattr(type(self.env[model]), name), "__module__", "")
        }
        allowed = {"create", "write", "unlink", "copy_data", "default_get", "message_route"}
        self.assertEqual(
            {name for name in public - allowed if not name.startswith("action_")}, set()
        )

    # ----- Companies -----

    def test_two_companies(self):
        sister = self.setup_other_company(name="Sister")["company"]
        foreign = self.create_contract(company_id=sister.id, start="2026-06-01")
        run = self.create_run("2026-06-15", company_id=sister.id)
        row = self.env["service.exception"]._report(foreign, "contract", "Look")
        records = {
            "service.contract": foreign,
            "service.contract.line": foreign.line_ids,
            "service.commitment": foreign.commitment_ids,
            "service.charge": foreign.charge_ids,
            "service.billing.run": run,
            "service.exception": row,
        }
        both = new_test_user(
            self.env,
            login="both",
            groups="account.group_account_invoice,service_contract.service_contract_group_manager",
            company_id=self.company.id,
            company_ids=[Command.set((self.company + sister).ids)],
        )
        for name, record in records.items():
            self.assertTrue(record, name)
            self.assertEqual(record.company_id, sister, name)
            model = self.env[name].with_user(self.user_accountant)
            self.assertNotIn(record, model.search([]), name)
            with self.assertRaises(AccessError):
                record.with_user(self.user_accountant).read(["company_id"])
            everything = (
                self.env[name]
                .with_user(both)
                .with_context(allowed_company_ids=(self.company + sister).ids)
                .search([])
            )
            self.assertLessEqual(set(record.ids), set(everything.ids), name)
            self.assertTrue(everything - record, name)

    def test_shared_catalogue_is_seen_by_all(self):
        self.assertFalse(self.family.company_id)
        self.store(self.family_sepa, company_id=self.setup_other_company(name="Sister")["company"])
        families = self.env["service.family"].with_user(self.user_sales).search([])
        self.assertIn(self.family, families)
        self.assertNotIn(self.family_sepa, families)

    def test_records_of_two_companies_do_not_mix(self):
        sister = self.setup_other_company(name="Sister")["company"]
        payer = self.create_customer("Payer", iban=IBANS[0])
        with self.assertRaisesRegex(UserError, "compan"), self.env.cr.savepoint():
            self.create_contract(
                payer, company_id=sister.id, mandate_id=payer.valid_mandate_id.id, activate=False
            )
        with self.assertRaisesRegex(UserError, "compan"), self.env.cr.savepoint():
            self.contract.pricelist_id = self.env["product.pricelist"].create(
                {"name": "Sister", "company_id": sister.id}
            )

from contextlib import contextmanager
from datetime import date, datetime, timedelta
from importlib.util import module_from_spec, spec_from_file_location

from odoo import Command
from odoo.modules import get_module_path
from odoo.tests import new_test_user
from odoo.tools import SQL

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

IBANS = ("FR7630006000011234567890189", "FR1420041010050500013M02606", "DE89370400440532013000")


# The module that the XML ids of records name which a database for tests has ready.
READY = "__test__"


class ReadyCommon(AccountTestInvoicingCommon):
    """French companies and their user, found where the database has them ready.

    A chart of accounts takes seconds to load: ``./dev/test`` makes these records once for all
    classes. Where they are absent, as with plain ``--test-enable``, each class makes its own.
    """

    # ``{name of a company that Odoo's tests make: XML id of what stands for it}``
    ready_companies = {"company_1_data": "sister"}

    @classmethod
    def _find_ready(cls, name):
        return cls.env.ref(f"{READY}.{name}", raise_if_not_found=False)

    @classmethod
    def setup_independent_user(cls):
        user = cls._find_ready("user")
        if not user:
            return super().setup_independent_user()
        if user.group_ids != (groups := cls.get_default_groups()):
            user.group_ids = groups
        return user

    @classmethod
    def _create_company(cls, **vals):
        company = None
        if cls.country_code == "FR" and vals.keys() == {"name"}:
            name = cls.ready_companies.get(vals["name"])
            company = name and cls._find_ready(name)
        if not company:
            return super()._create_company(**vals)
        cls.env.user.company_ids = [Command.link(company.id)]
        return company


class ServiceContractCommon(ReadyCommon):
    """A French company ready to sell services, and one user for each role.

    Service taxes are due on payment and the sales journal is hashed: what holds here holds
    where accounting is strictest.
    """

    ready_companies = {"company_1_data": "company", "company_2": "sister", "Sister": "sister"}

    @classmethod
    @AccountTestInvoicingCommon.setup_country("fr")
    def setUpClass(cls):
        super().setUpClass()
        if not cls._find_all_ready():
            cls._make_all()

    @classmethod
    def _find_all_ready(cls):
        """Set the class attributes that the database has ready; tell whether it has."""
        ready = cls.env["ir.model.data"].sudo().search_fetch([("module", "=", READY)])
        for data in ready:
            setattr(cls, data.name, cls.env[data.model].browse(data.res_id))
        return bool(ready)

    @classmethod
    def _make_all(cls):
        """Make what the tests of most classes need, for the company of the environment."""
        cls.company = cls.env.company
        cls._prepare_company(cls.company)
        cls._create_users()
        cls._create_catalogue()

    @classmethod
    def get_default_groups(cls):
        return (
            super().get_default_groups()
            | cls.quick_ref("service_contract.service_contract_group_manager")
            | cls.quick_ref("account_payment_batch_oca.group_account_payment")
            | cls.quick_ref("sales_team.group_sale_manager")
            | cls.quick_ref("hr_timesheet.group_timesheet_manager")
        )

    @classmethod
    def _prepare_company(cls, company):
        def journal(kind):
            domain = [("company_id", "=", company.id), ("type", "=", kind)]
            return cls.env["account.journal"].search(domain, limit=1)

        bank = cls.env["res.bank"].create({"name": "Test Bank", "bic": "TESTFRPPXXX"})
        journal("bank").bank_account_id = cls.env["res.partner.bank"].create(
            {
                "acc_number": "FR7610107001011234567890129",
                "partner_id": company.partner_id.id,
                "bank_id": bank.id,
                "company_id": company.id,
            }
        )
        company.service_default_regime = "professional"
        # What a notice is waited for by, is tested where it lives: in tests/collecting.
        company.service_notice_rule = "other"
        company.partner_id.write({"street": "1 rue de Test", "city": "Paris", "zip": "75001"})
        company.with_context(allowed_company_ids=company.ids)._prepare_service_company(
            creditor_identifier="FR78ZZZ424242"
        )
        journal("sale").restrict_mode_hash_table = True
        cls.method_sdd = cls.env["account.payment.method.line"].search(
            [
                ("company_id", "=", company.id),
                ("payment_method_id.code", "=", "sepa_direct_debit"),
                ("selectable", "=", True),
            ],
            limit=1,
        )

    @classmethod
    def _create_users(cls):
        def user(login, groups):
            return new_test_user(
                cls.env,
                login=f"service_{login}",
                groups=groups,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
                tz="Europe/Paris",
            )

        service = "service_contract.service_contract_group"
        cls.user_technician = user("technician", f"{service}_user")
        cls.user_manager = user("manager", f"{service}_manager")
        cls.user_sales = user("sales", "sales_team.group_sale_salesman")
        cls.user_accountant = user(
            "accountant",
            "account.group_account_invoice,account_payment_batch_oca.group_account_payment",
        )
        cls.customer = cls.create_customer("Customer A")
        cls.user_portal = new_test_user(cls.env, login="service_portal", groups="base.group_portal")
        cls.user_portal.partner_id.parent_id = cls.customer
        cls.employee = cls.env["hr.employee"].create(
            {
                "name": "Technician",
                "user_id": cls.user_technician.id,
                "company_id": cls.company.id,
                "hourly_cost": 40,
            }
        )

    @classmethod
    def _create_catalogue(cls):
        cls.tax_excluded = cls.company._get_service_tax(False)
        cls.tax_included = cls.company._get_service_tax(True)
        cls.family = cls.env["service.family"].create(
            {
                "name": "Maintenance",
                "initial_months": 12,
                "tacit_months": 12,
                "notice_count": 1,
                "notice_unit": "month",
            }
        )
        cls.family_sepa = cls.env["service.family"].create(
            {
                "name": "Fibre Access",
                "initial_months": 36,
                "tacit_months": 12,
                "sepa_required": True,
                "is_telecom": True,
            }
        )
        cls.product_block = cls.create_product("Half-hour", 30.0)
        cls.product_next = cls.create_product("Next half-hour", 20.0)
        cls.product_block_incl = cls.create_product("Half-hour incl.", 30.0, tax=cls.tax_included)
        cls.product_next_incl = cls.create_product("Next incl.", 20.0, tax=cls.tax_included)
        cls.product_fee = cls.create_product("Access fee", 15.0)
        cls.level = cls.create_level("Per intervention", "per_intervention")
        cls.level_unlimited = cls.create_level("Unlimited", "unlimited")
        cls.product_support = cls.create_product(
            "Support", 50.0, recurring=cls.family, level=cls.level_unlimited
        )
        cls.product_fibre = cls.create_product("Fibre", 39.0, recurring=cls.family_sepa)

    # ----- Makers -----

    @classmethod
    def create_customer(cls, name, iban=None, **vals):
        """Create a customer; with an IBAN, a valid mandate and direct debit as its method."""
        customer = cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "service_regime": "professional",
                "country_id": cls.env.ref("base.fr").id,
                "street": "2 rue du Client",
                "zip": "69001",
                "city": "Lyon",
                **vals,
            }
        )
        if iban:
            cls.create_mandate(customer, iban)
            customer.with_company(
                cls.company
            ).property_inbound_payment_method_line_id = cls.method_sdd
        return customer

    @classmethod
    def create_mandate(cls, customer, iban=IBANS[0], state="valid", **vals):
        account = cls.env["res.partner.bank"].create(
            {"acc_number": iban, "partner_id": customer.id}
        )
        return cls.env["account.banking.mandate"].create(
            {
                "partner_id": customer.id,
                "partner_bank_id": account.id,
                "company_id": cls.company.id,
                "format": "sepa_core",
                "signature_date": "2020-01-15",
                "state": state,
                **vals,
            }
        )

    @classmethod
    def create_product(cls, name, price, tax=None, recurring=None, level=None, period="1"):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "list_price": price,
                "invoice_policy": "order",
                "taxes_id": [Command.set((tax or cls.tax_excluded).ids)],
                "service_is_recurring": bool(recurring),
                "service_family_id": recurring.id if recurring else False,
                "service_level_id": level.id if level else False,
                "service_price_period": period,
            }
        )

    @classmethod
    def create_level(cls, name, kind, family=None, tariff=True, **tariff_vals):
        level = cls.env["service.level"].create(
            {"name": name, "kind": kind, "family_id": (family or cls.family).id}
        )
        if tariff:
            cls.create_tariff(level, **tariff_vals)
        return level

    @classmethod
    def create_tariff(cls, level, first=None, following=None, **vals):
        return cls.env["service.tariff"].create(
            {
                "level_id": level.id,
                "date_from": "2020-01-01",
                "block_minutes": 30,
                "first_block_product_id": (first or cls.product_block).id,
                "next_block_product_id": (following or first or cls.product_block).id,
                **vals,
            }
        )

    @classmethod
    def create_windows(cls, level, days, *hours, **vals):
        """Create windows of ``(from, to)`` hours on days such as “01234”, 7 for holidays."""
        return cls.env["service.coverage.window"].create(
            [
                {"level_id": level.id, "day": day, "hour_from": start, "hour_to": stop, **vals}
                for day in days
                for start, stop in hours
            ]
        )

    @classmethod
    def create_contract(
        cls, customer=None, product=None, start="2026-01-01", activate=True, **vals
    ):
        """Create a contract with one recurring product; active unless told otherwise."""
        product = product or cls.product_support
        contract = cls.env["service.contract"].create(
            {
                "partner_id": (customer or cls.customer).id,
                "family_id": product.service_family_id.id,
                "level_id": product.service_level_id.id,
                "date_start": start,
                "line_ids": [Command.create({"product_id": product.id, **vals.pop("line", {})})],
                **vals,
            }
        )
        if activate:
            contract.action_activate()
        return contract

    @classmethod
    def create_quote(cls, *products, customer=None, start="2026-01-01", user=None, **vals):
        order = cls.env["sale.order"].with_user(user or cls.env.user)
        return order.create(
            {
                "partner_id": (customer or cls.customer).id,
                "service_start_date": start,
                "order_line": [
                    Command.create({"product_id": product.id, "product_uom_qty": 1})
                    for product in products
                ],
                **vals,
            }
        )

    @classmethod
    def create_session(cls, connections, customer=None, done=True, user=None, **vals):
        """Create a session from ``(start, seconds[, workstation])``; start is in UTC."""
        session = cls.env["service.session"].with_user(user or cls.user_technician)
        session = session.create(
            {
                "partner_id": (customer or cls.customer).id,
                "user_id": cls.user_technician.id,
                "line_ids": [
                    Command.create(cls.prepare_connection(*connection))
                    for connection in connections
                ],
                **vals,
            }
        )
        if done:
            session.action_done()
        return session

    @classmethod
    def prepare_connection(cls, start, seconds, workstation=""):
        start = datetime.fromisoformat(start) if isinstance(start, str) else start
        return {
            "service_start": start,
            "service_stop": start + timedelta(seconds=seconds),
            "service_workstation": workstation,
            "employee_id": cls.employee.id,
        }

    @classmethod
    def create_run(cls, cutoff, user=None, start=True, **vals):
        run = cls.env["service.billing.run"].with_user(user or cls.env.user)
        run = run.create({"cutoff_date": cutoff, "invoice_date": cutoff, **vals})
        if start:
            cls.start_run(run)
        return run

    @classmethod
    def start_run(cls, run):
        """Start a run, and go on with it where that is asked: as a person does who means it."""
        if action := run.action_start():
            question = run.env[action["res_model"]].browse(action["res_id"])
            question.action_confirm()

    @classmethod
    def hold(cls, charges, **vals):
        """Hold charges as their user does, who gives a reason."""
        cls.decide(charges.action_hold(), charges.env, "hold", **vals)

    @classmethod
    def waive(cls, charges, **vals):
        """Waive charges as their user does, who gives a reason."""
        cls.decide(charges.action_waive(), charges.env, "waive", **vals)

    @classmethod
    def decide(cls, action, env, usage, **vals):
        reason = env["service.reason"].sudo().search([("usage", "=", usage)], limit=1)
        dialogs = env[action["res_model"]].with_context(**action["context"])
        named = {name.removeprefix("default_"): value for name, value in action["context"].items()}
        dialogs.create({**named, "reason_id": reason.id, **vals}).action_confirm()

    @classmethod
    def load_migration(cls, script):
        """Return a script of an update, such as ``19.0.6.0.0/post-notices``, as a module."""
        path = f"{get_module_path('service_contract')}/migrations/{script}.py"
        spec = spec_from_file_location(script.rpartition("/")[2].replace("-", "_"), path)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    @classmethod
    def migrate(cls, script):
        """Run a script of an update as it runs there."""
        module = cls.load_migration(script)
        cls.env.flush_all()
        module.migrate(cls.env.cr, "19.0.1.0.0")
        cls.env.invalidate_all()

    def run_cron(self, xmlid):
        """Run a scheduled job as the scheduler does: in a transaction of its own, with commits."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(xmlid).sudo().method_direct_trigger()
        self.env.invalidate_all()

    @contextmanager
    def read_only(self):
        """Let the database refuse whatever the block writes."""
        with self.env.cr.savepoint() as savepoint:
            self.env.cr.execute("SET TRANSACTION READ ONLY")
            yield
            savepoint.rollback()

    def count_queries(self, work, warm_up=None):
        """Return how many queries some work needs that begins with nothing in memory.

        Nothing but what ``warm_up`` leaves there.
        """
        self.env.flush_all()
        self.env.invalidate_all()
        if warm_up:
            warm_up()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def assertPeriods(self, charges, expected):
        """Compare charges with ``(first day, last day)`` pairs in ISO form."""
        found = [
            (charge.date_start.isoformat(), charge.date_last.isoformat())
            for charge in charges.sorted("date_start")
        ]
        self.assertEqual(found, expected)

    def store(self, record, **vals):
        """Store values that are refused by now, as a database from before may have them."""
        self.env.flush_all()
        for name, value in vals.items():
            value = getattr(value, "id", value) or None
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE id IN %s",
                    SQL.identifier(record._table),
                    SQL.identifier(name),
                    value,
                    record._ids,
                )
            )
        self.env.invalidate_all()

    @staticmethod
    def day(text):
        return date.fromisoformat(text)

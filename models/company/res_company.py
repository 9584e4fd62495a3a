import pytz

from odoo import SUPERUSER_ID, fields, models

from ...tools import withdrawal
from ..catalogue.coverage_book import CoverageBook
from ..catalogue.service_family import BILLING_STARTS
from ..common.res_users import MANAGER
from .res_partner import CUSTOMER_REGIMES


class ResCompany(models.Model):
    _inherit = "res.company"

    service_project_id = fields.Many2one(
        "project.project",
        check_company=True,
        help="Sessions are recorded as timesheets of this project.",
    )
    service_default_level_id = fields.Many2one(
        "service.level",
        string="Level without Contract",
        check_company=True,
        help="How sessions of customers without a contract are priced.",
    )
    service_default_regime = fields.Selection(
        CUSTOMER_REGIMES,
        string="Customers Are by Default",
        help="What customers are taken for whose regime is not recorded; empty: it is asked on the "
        "first quotation.",
    )
    service_billing_start = fields.Selection(
        BILLING_STARTS,
        string="Bill Contracts from",
        required=True,
        default="start",
        help="From which day on the billing periods of new contracts are counted, where neither "
        "family nor contract says otherwise. The days before it are billed by day.",
    )
    service_mediator = fields.Text(
        string="Consumers' Mediator",
        help="Name, address and website: named on what consumers sign and on their invoices "
        "(Code de la consommation L616-1).",
    )
    service_penalty_note = fields.Char(
        string="Late Penalties",
        translate=True,
        help="What invoices to professionals say of late payment; empty: the key interest rate of "
        "the European Central Bank plus 10 points (Code de commerce L441-10).",
    )
    service_recovery_fee = fields.Monetary(
        string="Recovery Fee",
        default=40.0,
        currency_field="currency_id",
        help="What professionals owe for each invoice that they pay late (Code de commerce "
        "D441-5).",
    )
    service_discount_note = fields.Char(
        string="Discount Terms",
        translate=True,
        help="What invoices to professionals say of early payment; empty: what the payment term "
        "says, or that there is no discount.",
    )
    service_contest_user_id = fields.Many2one(
        "res.users",
        string="Settles Contested Sessions",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        help="Who is asked to settle what customers contest; without one, every manager is.",
    )
    service_prepaid_alert_hours = fields.Float(
        string="Warn of Prepaid Time at",
        default=1.0,
        help="Hours left at which the contract's salesperson is told that a customer's prepaid "
        "time is running out; 0: when it is used up.",
    )
    service_use_analytic = fields.Boolean(
        string="Analytic Account per Contract",
        help="An analytic account for each new contract, where its revenue and its time cost meet.",
    )
    service_billing_day = fields.Integer(
        string="Billing Day",
        default=0,
        help="Day of the month on which the daily job makes a billing run (drafts to be checked); "
        "0 for none, 31 for the last day.",
    )

    service_import_gap_minutes = fields.Integer(
        string="Imported Connections: Same Session",
        default=15,
        help="Imported connections of one technician at one customer on one day make one session "
        "while no more than these minutes lie between them; with 0, each is a session of its own.",
    )

    _service_import_gap_positive = models.Constraint(
        "CHECK (service_import_gap_minutes >= 0)",
        "The minutes between the connections of one session cannot be negative.",
    )
    service_exit_product_id = fields.Many2one(
        "product.product",
        string="Rest of a Commitment",
        check_company=True,
        help="Bills what is claimed of the months left when a customer leaves early, price "
        "without tax. Its taxes decide whether VAT is due on it.",
    )
    service_withdrawal_days = fields.Integer(
        string="Days to Withdraw",
        default=withdrawal.DAYS,
        help="In which consumers, and small firms outside of their activity, may withdraw from "
        "what was not concluded at our premises (Code de la consommation L221-18).",
    )
    service_exit_approval_amount = fields.Monetary(
        string="Approve Claims above",
        currency_field="currency_id",
        help="A termination that claims more waits for a manager's approval; 0 for no limit.",
    )
    service_is_suspension_billed = fields.Boolean(
        string="Bill Suspended Contracts",
        help="What a new suspension proposes: whether the recurring charges go on meanwhile.",
    )

    _service_withdrawal_days_positive = models.Constraint(
        "CHECK (service_withdrawal_days >= 0)", "The days to withdraw cannot be negative."
    )
    _service_billing_day_range = models.Constraint(
        "CHECK (service_billing_day BETWEEN 0 AND 31)",
        "The billing day is a day of the month, from 1 to 31; 0 for none.",
    )

    def _get_service_timezone(self):
        """Return the IANA name of the company's time zone: its own, else its country's only one."""
        self.ensure_one()
        zones = pytz.country_timezones.get(self.country_id.code or "", [])
        country_zone = zones[0] if len(zones) == 1 else False
        return self.partner_id.tz or country_zone or self.env.user.tz or "Europe/Paris"

    def _get_service_managers(self):
        """Return the people who manage the service contracts of a company."""
        self.ensure_one()
        users = self.env.ref(MANAGER).sudo().all_user_ids.filtered("active")
        return users.filtered(
            lambda user: user.id != SUPERUSER_ID and not user.share and self in user.company_ids
        )

    def _get_asked_managers(self):
        """Return the managers to ask, the administrator only where nobody else manages."""
        managers = self._get_service_managers()
        return managers - self.env.ref("base.user_admin") or managers

    def _choose_service_manager(self, preferred):
        """Return the manager to ask: the preferred one of some users, else the oldest one."""
        managers = preferred & self._get_service_managers() or self._get_asked_managers()
        return managers.sorted("id")[:1]

    def _get_withdrawal_until(self, customer, conclusion, concluded, place):
        """Return the last day to withdraw from a contract, False without a right to (L19).

        ``customer`` is ``(regime, whether a small firm is outside of its activity)``, ``place``
        the address whose public holidays count.
        """
        self.ensure_one()
        regime, is_off_activity = customer
        if not concluded or not withdrawal.has_right(regime, conclusion, is_off_activity):
            return False
        territory = CoverageBook.get_territory(place, self)
        return withdrawal.last_day(concluded, self.service_withdrawal_days, territory or ())

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_date, formatLang

from ...tools.clocks import format_duration
from ..catalogue.coverage_book import CoverageBook
from ..common.field_values import get_label
from ..contract.service_contract_coverage import get_coverage_at
from ..session.service_session import CHANNELS

SESSION_LIMIT = 5
REQUEST_LIMIT = 5
EQUIPMENT_LIMIT = 30
CONTACT_LIMIT = 50
MONEY_GROUPS = ("account.group_account_invoice", "account.group_account_readonly")


class ServiceDesk(models.AbstractModel):
    """The card of the customer whom a technician has chosen at the desk."""

    _inherit = "service.desk"

    @api.model
    def get_card(self, partner_id, session_id=False):
        """Return what a technician needs to know of a customer before starting to work.

        A session whose number was looked for stands first among the others.
        """
        self._check_technician()
        partner = self.env["res.partner"].browse(partner_id)
        partner.check_access("read")
        customer = partner.commercial_partner_id
        contracts, chosen = self._get_contracts(partner)
        coverage = self._get_coverage(contracts)
        default_level = self.env.company.service_default_level_id
        work_types = {
            level: self._prepare_work_types(level._get_offered_work_types())
            for level in contracts.level_id | default_level
        }
        return {
            "partner": self._prepare_partner(partner),
            "contracts": [
                {
                    **self._prepare_contract(contract, coverage[contract.id]),
                    "work_types": work_types.get(contract.level_id, []),
                }
                for contract in contracts
            ],
            "contract_id": chosen.id,
            "default_level": default_level.name or "",
            "default_work_types": work_types.get(default_level, []),
            "unpaid": self._get_unpaid(customer),
            "sessions": self._get_last_sessions(customer, session_id),
            "requests": self._get_open_requests(customer, session_id),
            "equipment": self._get_equipment(customer, self._is_cover_asked(contracts)),
            "contacts": self._get_contacts(customer, contracts.referent_id),
        }

    @api.model
    def _prepare_partner(self, partner):
        return {
            "id": partner.id,
            "name": partner.display_name,
            "city": partner.city or "",
            "phone": partner.phone or "",
            "email": partner.email or "",
        }

    # ----- Contracts -----

    @api.model
    def _get_contracts(self, partner):
        """Return the contracts in force now, and the only one that can price a session, if any."""
        session = self._new_session(partner)
        in_force = session._get_contracts_in_force()[session]
        return in_force.sudo(False), session._choose_contract(in_force)

    @api.model
    def _new_session(self, partner, **values):
        """Return a session that is not stored, to ask what one of now would answer."""
        return self.env["service.session"].new(
            {"partner_id": partner.id, "company_id": self.env.company.id, **values}
        )

    @api.model
    def _prepare_contract(self, contract, coverage):
        level, today = contract.level_id, fields.Date.context_today(self)
        return {
            "id": contract.id,
            "name": contract.name,
            "level": level.name or contract.family_id.name,
            "kind": get_label(level, "kind"),
            "site": contract.partner_shipping_id.display_name,
            "hours": level.coverage_summary or "",
            "coverage": coverage,
            "suspension": contract.sudo()._get_suspension_warning(today) or "",
            "referent_id": contract.referent_id.id,
            "referent": contract.referent_id.name or "",
            "referent_phone": contract.referent_id.phone or "",
            "is_pricing": self.env["service.session"]._is_level_pricing(level),
        }

    @api.model
    def _get_coverage(self, contracts):
        """Return ``{contract id: {channel: whether its hours are open now}}`` (S12–S15)."""
        now = fields.Datetime.now()
        book = CoverageBook(self.env, contracts.commercial_partner_id)
        channels = [channel for channel, _label in CHANNELS]
        return {
            contract.id: {
                channel: self._prepare_coverage(
                    contract, contract._get_coverage(book), channel, now
                )
                for channel in channels
                if contract.level_id._is_coverage_said()
            }
            for contract in contracts
        }

    @api.model
    def _prepare_coverage(self, contract, coverage, channel, now):
        found = get_coverage_at(coverage, now, channel)
        text = contract._describe_coverage_now(found, now, contract.tz)
        return {"is_open": found.is_open, "text": text}

    # ----- Money -----

    @api.model
    def _get_unpaid(self, customer):
        """Return since when the customer owes overdue invoices, False when none.

        Technicians may not read invoices: the flag is found out with sudo, the amount is given
        to those who may read it only.
        """
        today = fields.Date.context_today(self)
        invoices = (
            self.env["account.move"]
            .sudo()
            ._read_group(
                Domain("company_id", "=", self.env.company.id)
                & Domain("commercial_partner_id", "=", customer.id)
                & Domain("move_type", "=", "out_invoice")
                & Domain("state", "=", "posted")
                & Domain("payment_state", "in", ("not_paid", "partial"))
                & Domain("invoice_date_due", "<", today),
                [],
                ["invoice_date_due:min", "amount_residual_signed:sum"],
            )
        )
        since, amount = invoices[0]
        if not since:
            return False
        return {
            "since": format_date(self.env, since),
            "amount": self._format_money(amount) if self._may_read_money() else "",
        }

    @api.model
    def _may_read_money(self):
        return any(self.env.user.has_group(group) for group in MONEY_GROUPS)

    @api.model
    def _format_money(self, amount):
        return formatLang(self.env, amount, currency_obj=self.env.company.currency_id)

    # ----- Work -----

    @api.model
    def _get_sessions_domain(self, customer):
        return Domain("company_id", "=", self.env.company.id) & Domain(
            "commercial_partner_id", "=", customer.id
        )

    @api.model
    def _get_last_sessions(self, customer, first_id):
        sessions = self._search_first(
            self._get_sessions_domain(customer) & Domain("start", "!=", False),
            first_id,
            order="start DESC, id DESC",
            limit=SESSION_LIMIT,
        )
        return [self._prepare_session(session) for session in sessions]

    @api.model
    def _search_first(self, domain, first_id, **options):
        """Return the sessions of a domain, the one that was looked for before the others."""
        sessions = self.env["service.session"]
        first = sessions.search(domain & Domain("id", "=", first_id)) if first_id else sessions
        return first + (sessions.search(domain, **options) - first)

    @api.model
    def _prepare_session(self, session):
        return {
            "id": session.id,
            "name": session.name,
            "date": format_date(self.env, session.date),
            "request": session._get_request_line(),
            "technician": session.user_id.name or "",
            "duration": format_duration(session.connected_seconds),
            "state": session.state,
            "state_label": get_label(session, "state"),
        }

    @api.model
    def _get_open_requests(self, customer, first_id):
        """Return the sessions that are asked for and not begun, the oldest first."""
        sessions = self._search_first(
            self._get_sessions_domain(customer)
            & Domain("state", "=", "draft")
            & Domain("start", "=", False),
            first_id,
            order="requested_at, id",
            limit=REQUEST_LIMIT,
        )
        return [
            {
                "id": session.id,
                "name": session.name,
                "date": format_date(self.env, session.requested_at) if session.requested_at else "",
                "request": session._get_request_line(),
                "technician": session.user_id.name or "",
            }
            for session in sessions
        ]

    # ----- Places and people -----

    @api.model
    def _is_cover_asked(self, contracts):
        """Tell whether it matters to a contract in force which equipment is covered (S17)."""
        return any(contracts.level_id.mapped("is_limited_to_covered"))

    @api.model
    def _get_cover(self, device, is_asked):
        """Return what the card says of the cover: nothing where it is so, or makes no difference.

        :rtype: str, ``""``, ``"out"`` or ``"open"`` (a manager has not decided yet)
        """
        if device.is_covered or not is_asked:
            return ""
        return "out" if device.is_cover_decided else "open"

    @api.model
    def _get_equipment(self, customer, is_cover_asked):
        today = fields.Date.context_today(self)
        devices = self.env["service.equipment"].search(
            Domain("company_id", "=", self.env.company.id)
            & Domain("partner_id", "child_of", customer.id),
            limit=EQUIPMENT_LIMIT,
        )
        return [
            {
                "id": device.id,
                "name": device.name,
                "remote_tool_id": device.remote_tool_id or "",
                "cover": self._get_cover(device, is_cover_asked),
                "is_under_warranty": device._is_under_warranty(today),
            }
            for device in devices
        ]

    @api.model
    def _get_contacts(self, customer, referents):
        """Return who may call: the référents first, then the customer's other people."""
        people = self.env["res.partner"].search(
            Domain("commercial_partner_id", "=", customer.id)
            & Domain("is_company", "=", False)
            & Domain("type", "=", "contact")
            & Domain("name", "!=", False)
            & Domain("id", "not in", (customer.id, *referents.ids)),
            limit=CONTACT_LIMIT,
        )
        return [
            {
                "id": person.id,
                "name": person.name,
                "phone": person.phone or "",
                "is_referent": person in referents,
            }
            for person in referents + people
        ]

from odoo import api, fields, models
from odoo.tools.misc import format_date

from ...tools import clocks
from ..contract.service_contract import IN_FORCE
from .service_session import OPEN_STATES


class ServiceSession(models.Model):
    """Which contract and which level a session is under (S09)."""

    _inherit = "service.session"

    # ----- Contract -----

    @api.depends("partner_id", "company_id", "start", "is_off_contract")
    def _compute_contract_id(self):
        in_force = self._get_contracts_in_force()
        for session in self:
            contracts = in_force[session.id or session]
            if session.is_off_contract:
                session.contract_id = False
            elif session.contract_id not in contracts:
                session.contract_id = session._choose_contract(contracts)

    def _get_contracts_in_force(self):
        """Return ``{session id (itself when new): contracts}`` in force on local dates (S09).

        A session without a connection counts as one of now. One query for all sessions.
        """
        Contract = self.env["service.contract"].sudo()
        contracts = Contract.search(
            [
                ("company_id", "in", self.company_id.ids),
                ("commercial_partner_id", "in", self.partner_id.commercial_partner_id.ids),
                ("state", "in", IN_FORCE),
            ]
        )
        groups = contracts.grouped(lambda item: (item.commercial_partner_id, item.company_id))
        found, known = {}, {}
        for session in self:
            key = (session.partner_id, session.company_id, session._get_contract_day())
            if key not in known:
                own = groups.get((key[0].commercial_partner_id.sudo(), key[1].sudo()), Contract)
                known[key] = own.filtered_domain(Contract._get_in_force_domain(*key))
            found[session.id or session] = known[key]
        return found

    def _get_contract_day(self):
        """Return the local date on which the customer's contracts count (S09).

        The time zone is the contract's once there is one: until then, the customer's. Research
        without a connection counts on its own day (S23).
        """
        self.ensure_one()
        if not self.start and self.research_seconds and self.date:
            return self.date
        instant = self.start or fields.Datetime.now()
        zone = self.contract_id.tz or self._get_customer_timezone()
        return clocks.localize(instant, zone).date()

    def _choose_contract(self, contracts):
        """Return the only contract that can price this session, none where there are several.

        Contracts of the session's own site go before those of the customer's other sites.
        """
        self.ensure_one()
        contracts = contracts.filtered(lambda contract: self._is_level_pricing(contract.level_id))
        own = contracts.filtered(
            lambda contract: self.partner_id in (contract.partner_shipping_id, contract.partner_id)
        )
        contracts = own or contracts
        return contracts if len(contracts) == 1 else contracts.browse()

    @api.model
    def _is_level_pricing(self, level):
        """Tell whether sessions can be priced by a level: it has tariffs, or includes work."""
        return bool(level.tariff_ids) or (bool(level) and level.kind != "per_intervention")

    @api.depends("contract_id", "partner_id", "company_id", "start", "is_off_contract", "state")
    @api.depends_context("lang")
    def _compute_contract_warning(self):
        in_force = self._get_contracts_in_force()
        for session in self:
            is_open = session.state in OPEN_STATES and bool(session.partner_id)
            session.contract_warning = is_open and session._get_contract_warning(
                in_force[session.id or session]
            )

    def _get_contract_warning(self, contracts):
        """Return in words what is wrong with the session's contract, empty when nothing is."""
        self.ensure_one()
        day = format_date(self.env, self._get_contract_day())
        if self.contract_id and self.contract_id not in contracts:
            return self.env._(
                "%(session)s: contract %(contract)s is not in force on %(day)s. Choose another "
                "one, or tick “Outside of any Contract”.",
                session=self.display_name,
                contract=self.contract_id.name,
                day=day,
            )
        pricing = contracts.filtered(lambda contract: self._is_level_pricing(contract.level_id))
        if not self.contract_id and not self.is_off_contract and len(pricing) > 1:
            return self.env._(
                "%(session)s: %(customer)s has several contracts in force on %(day)s: "
                "%(contracts)s. Choose one, or tick “Outside of any Contract”.",
                session=self.display_name,
                customer=self.partner_id.display_name,
                day=day,
                contracts=", ".join(
                    f"{contract.name} ({contract.level_id.name})" for contract in pricing
                ),
            )
        return False

    # ----- Level -----

    @api.depends("contract_id", "company_id")
    def _compute_level_id(self):
        for session in self:
            level = session.contract_id._get_level_on(session._get_contract_day())
            session.level_id = level or session.company_id.service_default_level_id

    # ----- Suspension -----

    @api.depends("contract_id.suspension_ids.date_start", "contract_id.suspension_ids.date_end")
    @api.depends("start", "state")
    @api.depends_context("lang")
    def _compute_suspension_warning(self):
        for session in self:
            session.suspension_warning = (
                session.state != "cancelled" and session._get_suspension_warning()
            )

    def _get_suspension_warning(self):
        """Return in words that the contract rests on the session's day, empty when it does not.

        The session is done and closed like any other, but knowingly.
        """
        self.ensure_one()
        contract = self.contract_id
        return bool(contract) and contract._get_suspension_warning(self._get_contract_day())

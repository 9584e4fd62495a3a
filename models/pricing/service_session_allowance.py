from odoo import fields, models
from odoo.exceptions import UserError

from ...tools.clocks import format_duration
from ..allowance.allowance_book import AllowanceBook
from ..charge.service_charge import OPEN_CHARGE_STATES

OWED_STATES = (*OPEN_CHARGE_STATES, "invoiced")
GIVEN_BACK = "is_given_back"
PREPAID_REST = "service_contract.mail_activity_type_prepaid_rest"


class ServiceAllowance(models.Model):
    _inherit = "service.allowance"

    def _prepare_use_vals(self, session, seconds):
        """Return the entry by which a session draws from a grant."""
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "partner_id": session.partner_id.id,
            "contract_id": session.contract_id.id,
            "kind": self.kind,
            "date": session.date,
            "seconds": -seconds,
            "source_id": self.id,
            "session_id": session.id,
            "note": session.name,
        }


class ServiceCharge(models.Model):
    _inherit = "service.charge"

    def _mark_given_back(self, is_given_back):
        """Say in the explanations whether the time drawn was given back."""
        for charge in self.filtered("explanation"):
            charge.explanation = {**charge.explanation, GIVEN_BACK: is_given_back}

    def _sync_billing(self):
        """Give time back, or draw it again, as the invoices of sessions come and go."""
        result = super()._sync_billing()
        self.sudo().session_id._sync_drawn()
        return result

    def action_waive(self):
        result = super().action_waive()
        self.sudo().session_id._sync_drawn()
        return result

    def action_owe(self):
        result = super().action_owe()
        self.sudo().session_id._sync_drawn()
        return result


class ServiceSession(models.Model):
    """What a session draws from included and prepaid time, when it is closed."""

    _inherit = "service.session"

    allowance_ids = fields.One2many("service.allowance", "session_id", string="Time Drawn")

    def _prepare_pricing_options(self, book, level):
        options = super()._prepare_pricing_options(book, level)
        return {**options, "allowance": book.allowance.get_allowance(self)}

    def _get_charge_explanation(self, pricing, book):
        left = book.allowance.get_left(self, pricing.price)
        return {**super()._get_charge_explanation(pricing, book), "allowance_left": left}

    def _sync_charges(self):
        """Grant and take back what is due first; warn when prepaid time comes to its end."""
        done = self.filtered(lambda session: session.state == "done").sudo()
        for session in done.filtered("contract_id"):
            session.contract_id._make_allowances(session.date)
        done.contract_id.filtered("date_end")._sync_taken_back()
        before = done._get_prepaid_left()
        charges = super()._sync_charges()
        done._warn_of_prepaid_rest(before)
        return charges

    def _drop_charges(self):
        self.sudo().allowance_ids.unlink()
        return super()._drop_charges()

    # ----- Given back -----

    def _sync_drawn(self):
        """Give back what was drawn where all is waived, or credited for good (S05).

        It is drawn again where the credit is taken back, or the session is owed again.
        """
        for session in self.sudo().filtered(lambda session: session.state == "done"):
            charges = session._get_last_charges()
            if charges and set(charges.mapped("state")) == {"waived"}:
                session._give_back_drawn()
            elif charges.filtered(lambda charge: charge.state in OWED_STATES):
                session._draw_again(charges)

    def _get_last_charges(self):
        """Return the charges of the session's price as it is now."""
        revision = max(self.charge_ids.mapped("revision"), default=0)
        return self.charge_ids.filtered(lambda charge: charge.revision == revision)

    def _give_back_drawn(self):
        """Give back the included and prepaid time of sessions for which nothing is owed."""
        drawn = self.sudo().allowance_ids
        drawn.session_id.charge_ids._mark_given_back(True)
        drawn.unlink()

    def _draw_again(self, charges):
        """Draw anew what was given back; refuse in words what others have drawn since."""
        self.ensure_one()
        given_back = charges.filtered(lambda charge: (charge.explanation or {}).get(GIVEN_BACK))
        if not given_back:
            return
        drawn = given_back[0].explanation["drawn"]
        before = self._get_prepaid_left()
        book = AllowanceBook(self.env, self)
        try:
            book.draw_seconds(self, drawn)
        except ValueError as error:
            raise UserError(
                self.env._(
                    "%(session)s drew %(time)s of included or prepaid time, which was given back "
                    "and is not there any more. Enter an allowance before the session is owed "
                    "again.",
                    session=self.name,
                    time=format_duration(sum(drawn.values())),
                )
            ) from error
        book.enter()
        given_back._mark_given_back(False)
        self._warn_of_prepaid_rest(before)

    # ----- Warning -----

    def _get_prepaid_left(self):
        """Return ``{(customer, company): seconds}`` of prepaid time left today; one query."""
        entries = self.env["service.allowance"].sudo()
        groups = entries._read_group(
            [
                *entries._get_grant_domain(self.partner_id, self.company_id),
                *entries._get_open_domain(fields.Date.context_today(self)),
                ("kind", "=", "prepaid"),
            ],
            ["commercial_partner_id", "company_id"],
            ["left_seconds:sum"],
        )
        return {(partner, company): left for partner, company, left in groups}

    def _warn_of_prepaid_rest(self, before):
        """Give somebody an activity where sessions brought prepaid time down to the limit.

        ``before``: what ``_get_prepaid_left`` said before they were charged. Told once each time
        that the rest goes from above the company's limit to it or below; not again while the
        activity is open, as when a session is reopened and closed.
        """
        drawing = self.filtered(lambda row: "prepaid" in row.allowance_ids.mapped("kind"))
        left = drawing._get_prepaid_left() if drawing else {}
        groups = drawing.grouped(lambda row: (row.commercial_partner_id, row.company_id))
        for key, sessions in groups.items():
            limit = round(key[1].service_prepaid_alert_hours * 3600)
            if left.get(key, 0) <= limit < before.get(key, 0):
                sessions.sorted("date")[-1]._schedule_prepaid_warning(left.get(key, 0))

    def _schedule_prepaid_warning(self, left):
        """Put the activity on the contract, or on the customer without one."""
        self.ensure_one()
        record = self.contract_id or self.commercial_partner_id
        if record.activity_search([PREPAID_REST]):
            return
        user = record.user_id or self._get_approver() or self.user_id
        record.with_context(mail_activity_quick_update=True).activity_schedule(
            PREPAID_REST,
            note=self.env._(
                "%(customer)s has %(left)s of prepaid time left after %(session)s.",
                customer=self.commercial_partner_id.name,
                left=format_duration(left),
                session=self.name,
            ),
            user_id=user.id,
        )

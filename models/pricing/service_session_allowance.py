from odoo import fields, models
from odoo.exceptions import UserError

from ...tools.clocks import format_duration
from ..allowance.allowance_book import AllowanceBook
from ..charge.service_charge import OPEN_CHARGE_STATES
from .service_charge import GIVEN_BACK

OWED_STATES = (*OPEN_CHARGE_STATES, "invoiced")
PREPAID_REST = "service_contract.mail_activity_type_prepaid_rest"


class ServiceSession(models.Model):
    """What a session draws from included and prepaid time, when it is closed."""

    _inherit = "service.session"

    allowance_ids = fields.One2many("service.allowance", "session_id", string="Time Drawn")

    def _grant_included(self):
        """Grant the included time of the sessions' contracts that is due, and take back what is."""
        sessions = self.sudo()
        for session in sessions.filtered("contract_id"):
            session.contract_id._make_allowances(session.date)
        sessions.contract_id.filtered("date_end")._sync_taken_back()

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

from odoo import fields, models

from .service_charge_explanation import format_duration


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
        charges = super()._sync_charges()
        done._warn_of_prepaid_rest()
        return charges

    def _drop_charges(self):
        self.sudo().allowance_ids.unlink()
        return super()._drop_charges()

    # ----- Warning -----

    def _warn_of_prepaid_rest(self):
        """Give somebody an activity where a session brought prepaid time down to the limit."""
        for session in self:
            drawn = session.allowance_ids.filtered(lambda entry: entry.kind == "prepaid")
            if not drawn:
                continue
            left = session.partner_id._get_allowance_left(session.company_id)["prepaid"]
            limit = round(session.company_id.service_prepaid_alert_hours * 3600)
            if left <= limit < left - sum(drawn.mapped("seconds")):
                session._schedule_prepaid_warning(left)

    def _schedule_prepaid_warning(self, left):
        """Put the activity on the contract, or on the customer without one."""
        self.ensure_one()
        record = self.contract_id or self.commercial_partner_id
        user = record.user_id or self._get_approver() or self.user_id
        record.with_context(mail_activity_quick_update=True).activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Prepaid time is running out"),
            note=self.env._(
                "%(customer)s has %(left)s of prepaid time left after %(session)s.",
                customer=self.commercial_partner_id.name,
                left=format_duration(left),
                session=self.name,
            ),
            user_id=user.id,
        )

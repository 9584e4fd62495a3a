from datetime import timedelta

from odoo import fields, models

from ...tools.networks import get_network

STAFF_DAYS = 30


class ServiceSession(models.Model):
    """Answers in the customer's name that may have come from one of us (S30).

    They are told to the managers and refused by nobody: at the customer's premises the technician
    has the customer's address.
    """

    _inherit = "service.session"

    sheet_is_staff_ip = fields.Boolean(
        string="Answered from a Colleague's Address",
        readonly=True,
        copy=False,
        groups="service_contract.service_contract_group_manager",
        help="One of us logged in from the same address within the 30 days before.",
        lock="workflow",
    )

    def _prepare_answer_vals(self, address):
        """Return from where the answer by the link came, and whether one of us is there, too."""
        return {"sheet_ip": address, "sheet_is_staff_ip": self._is_staff_address(address)}

    def _is_staff_address(self, address):
        """Tell whether an internal user's device logged in from an address lately."""
        network = get_network(address)
        since = fields.Datetime.now() - timedelta(days=STAFF_DAYS)
        logs = self.env["res.device.log"].sudo()
        rows = logs._read_group(
            [("last_activity", ">=", since), ("user_id.share", "=", False)], ["ip_address"]
        )
        return bool(network) and any(get_network(known) == network for (known,) in rows)

    def _report_staff_answer(self):
        """Put an answer that came from where one of us is into the managers' inbox."""
        for session in self.sudo().filtered("sheet_is_staff_ip"):
            session = session.with_context(lang=session.company_id.partner_id.lang)
            words = session.env._(
                "The sheet was answered from an address from which one of us logged in within the "
                "30 days before: ask the customer whether the answer is theirs. At the "
                "customer's premises both have the same address."
            )
            self.env["service.exception"]._report(session, "session", words, job="answer")

    def _settle_staff_answer(self):
        """Close the matter with the answer that it is about."""
        self.env["service.exception"]._settle(self, "session", job="answer")

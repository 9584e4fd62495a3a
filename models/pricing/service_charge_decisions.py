from odoo import models


class ServiceCharge(models.Model):
    """The words for what people and rules decided about a session: scope, approval, hours."""

    _inherit = "service.charge"

    def _explain_tariff(self, explanation):
        """Say after the tariff what of the work the level includes, and why (S10, S17–S23)."""
        return [
            *super()._explain_tariff(explanation),
            *self._explain_place(explanation),
            *self._explain_scope(explanation.get("scope")),
        ]

    def _explain_waived(self):
        """Yield what is not owed any more of the charges of one session, and why."""
        waived = self.filtered(lambda charge: charge.state == "waived")
        if not waived:
            return
        if "waived" in waived.mapped("after_credit"):
            yield self.env._("Credited: nothing more is owed.")
        elif waived == self:
            yield self.env._("Waived: nothing is owed.")
        else:
            amount = waived[0]._explain_amount(sum(waived.mapped("amount")))
            yield self.env._("Waived: %(amount)s of it is not owed.", amount=amount)
        for reason in waived.reason_id:
            yield self.env._("Reason: %(reason)s.", reason=reason.name)

    def _explain_place(self, explanation):
        if explanation.get("exceptional"):
            yield self.env._("Exceptional appointment, agreed with the customer.")
        if country := explanation.get("holidays_unknown"):
            yield self.env._(
                "The public holidays of %(country)s are not known: weekdays count.",
                country=country,
            )

    def _explain_scope(self, scope):
        if not scope:
            return
        if sentence := self._explain_scope_cause(scope):
            yield sentence
        if scope["reason"] and scope["cause"] not in ("reason", "exception"):
            yield self.env._("Reason: %(reason)s.", reason=scope["reason"])
        if scope["approval"] == "waiting":
            yield self.env._("Waits for a manager’s approval.")
        elif scope["approval"] == "approved":
            yield self.env._("Approved by %(user)s.", user=scope["approved_by"])
        elif scope["approval"] == "refused":
            yield self.env._("Looked into: it counts as included and is not billed.")

    def _explain_scope_cause(self, scope):
        """Return in words why the work is included or billed; nothing where the kind says it."""
        cause, effect = scope["cause"], scope["effect"]
        is_expected = effect == "billed" and scope["kind"] == "per_intervention"
        if cause in ("kind", "refused") or (cause == "rule" and is_expected):
            return ""
        return self._get_scope_sentences(scope)[cause, effect]

    def _get_scope_sentences(self, scope):
        """Return ``{(cause, effect): sentence}``."""
        words = {
            "work": scope["work_type"],
            "reason": scope["reason"],
            "equipment": ", ".join(scope["equipment"]),
        }
        return {
            ("rule", "billed"): self.env._("“%(work)s” is billed at this level.", **words),
            ("rule", "included"): self.env._("“%(work)s” is included at this level.", **words),
            ("rule", "not_offered"): self.env._(
                "“%(work)s” is not offered at this level.", **words
            ),
            ("always", "billed"): self.env._("“%(work)s” is billed at every level.", **words),
            ("warranty", "billed"): self._explain_no_warranty(words),
            ("warranty", "included"): self.env._(
                "“%(work)s” is included: %(equipment)s is under warranty.", **words
            ),
            ("perimeter", "billed"): self.env._(
                "%(equipment)s is not on the list of covered equipment: the session is billed.",
                **words,
            ),
            ("reason", "billed"): self.env._(
                "Billed in spite of the contract: %(reason)s.", **words
            ),
            ("exception", "billed"): self.env._(
                "“%(work)s” is not offered at this level and was let pass: %(reason)s.", **words
            ),
        }

    def _explain_no_warranty(self, words):
        if words["equipment"]:
            return self.env._("“%(work)s” is billed: %(equipment)s is not under warranty.", **words)
        return self.env._("“%(work)s” is billed: no equipment under warranty was named.", **words)

from collections import defaultdict

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import groupby
from odoo.tools.misc import format_date, formatLang

from ..common.field_values import get_label


class ServiceCharge(models.Model):
    """What people decide on a charge, by buttons alone: why, and a trace of who did it when."""

    _inherit = "service.charge"

    # ----- Asked for a reason -----

    def action_hold(self):
        """Ask for the reason to keep charges from being billed."""
        return self._ask_reason("hold", self.env._("Hold"))

    def action_waive(self):
        """Ask for the reason to bill nothing."""
        return self._ask_reason("waive", self.env._("Waive"))

    def _ask_reason(self, verb, name):
        self._check_may_decide()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "service.charge.decision",
            "view_mode": "form",
            "target": "new",
            "context": {"default_charge_ids": self.ids, "default_verb": verb},
        }

    def _decide(self, verb, reason, note="", until=None):
        """Hold or waive charges for a reason; ``until`` is the last day of the hold, if any."""
        reason._check_usage(verb)
        if verb == "hold":
            self._decide_held(reason, note, until)
        else:
            self._decide_waived(reason, note)

    def _decide_held(self, reason, note="", until=None):
        """Hold charges until somebody releases them, or until a day is over: as was said last.

        What a session makes has days of its own (S30): it waits for somebody.
        """
        charges = self._check_may_decide()
        dated = charges.filtered(lambda charge: until and not charge.session_id)
        dated._as_workflow().write({"is_held": False, "hold_until": until, "reason_id": reason.id})
        held = charges - dated
        held._as_workflow().write({"is_held": True, "reason_id": reason.id})
        held.filtered(lambda charge: not charge.session_id)._as_workflow().hold_until = False
        held._note_decision(self.env._("On hold"), reason, note)
        if dated:
            what = self.env._("On hold until %(day)s", day=format_date(self.env, until))
            dated._note_decision(what, reason, note)

    def _decide_waived(self, reason, note=""):
        """Bill nothing for open or credited charges; a hook."""
        charges = self._check_may_decide()
        charges._waive(reason)
        charges._note_decision(self.env._("Waived"), reason, note)

    def _waive(self, reason=None):
        vals = {"reason_id": reason.id} if reason else {}
        self._check_not_billed()._as_workflow().write({"is_waived": True, **vals})

    # ----- Taken back -----

    def action_release(self):
        """Lift holds that somebody set; what a session waits for is not theirs to lift (S30)."""
        charges = self._check_may_decide()._get_releasable()
        charges._as_workflow().is_held = False
        charges.filtered(lambda charge: not charge.session_id)._as_workflow().hold_until = False
        charges._forget_reasons()
        charges._note_decision(self.env._("Released"))

    def _get_releasable(self):
        """Return the charges that not only their session holds; refuse where there is none."""
        held = self.filtered(lambda charge: charge.hold_cause and not charge.is_held)
        if held and held == self:
            raise UserError(
                self.env._(
                    "“%(charge)s” is on hold: %(cause)s. Only the session itself ends that.",
                    charge=held[0].display_name,
                    cause=get_label(held[0], "hold_cause"),
                )
            )
        return self - held

    def action_owe(self):
        """Owe a waived or credited charge again; a hook."""
        charges = self._check_may_decide()
        charges._as_workflow().is_waived = False
        charges._decide_owed()
        charges._forget_reasons()
        charges._note_decision(self.env._("Owed again"))

    def _forget_reasons(self):
        """What is neither held nor waived by a person has no reason any more."""
        decided = self.filtered(lambda charge: charge.is_held or charge.is_waived)
        (self - decided)._as_workflow().reason_id = False

    # ----- Who may -----

    def _check_may_decide(self):
        """Leave decisions to those who may write charges, and billed charges to their invoices."""
        self.check_access("write")
        return self._check_not_billed()

    def _check_not_billed(self):
        for charge in self:
            if charge.state == "invoiced":
                raise UserError(
                    self.env._(
                        "“%(charge)s” is on invoice %(invoice)s: delete that draft or credit the "
                        "invoice first.",
                        charge=charge.display_name,
                        invoice=charge.invoice_id._get_service_name(),
                    )
                )
        return self

    # ----- The trace -----

    def _note_decision(self, what, reason=None, note=""):
        """Say in the chatter what was decided, on the charges and where they come from.

        One message each, however many are decided on: a contract reads of all its charges in one.
        """
        bodies = defaultdict(list)
        for charge in self:
            words = charge._describe_decision(what, reason, note)
            for record in (charge, *charge._get_origins()):
                bodies[record].append(words)
        by_model = groupby(bodies.items(), lambda item: item[0]._name)
        for name, items in by_model:
            records = self.env[name].sudo().union(*(record for record, _words in items))
            records._message_log_batch(
                bodies={record.id: Markup("<br/>").join(words) for record, words in items}
            )

    def _describe_decision(self, what, reason, note):
        self.ensure_one()
        words = self.env._(
            "%(decision)s: “%(charge)s”, %(amount)s.",
            decision=what,
            charge=self.display_name,
            amount=formatLang(self.env, self.amount_untaxed, currency_obj=self.currency_id),
        )
        cause = reason and self.env._("Reason: %(reason)s.", reason=reason.name)
        return " ".join(filter(None, [words, cause, note]))

    def _get_origins(self):
        """Return the records that made a charge and outlive it; a hook.

        :return: list of records with a chatter
        """
        self.ensure_one()
        return []

    # ----- Without a person -----

    @api.model
    def _get_released_domain(self, today):
        """Return the domain of the charges whose hold has ended before a date (S30)."""
        return [
            ("state", "=", "on_hold"),
            ("is_held", "=", False),
            ("hold_cause", "=", False),
            ("hold_until", "<", today),
        ]

    @api.model
    def _release_holds(self, today):
        """Make ready the charges whose hold ended before ``today`` (S30)."""
        ended = self.search(self._get_released_domain(today))
        ended.modified(["hold_until"])
        return ended

    def _settle_free(self):
        """Settle charges of 0.00 for which no invoice is made: they count as included."""
        self._check_not_billed()
        self.sudo()._as_workflow().is_free = True

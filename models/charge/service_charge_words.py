from markupsafe import Markup

from odoo import api, models
from odoo.tools.misc import format_date, formatLang

from ..common.field_values import get_labels
from ..common.words import format_number


class ServiceCharge(models.Model):
    """The words of a charge: the same on screens, on the invoice's annex and in the portal."""

    _inherit = "service.charge"

    @api.depends("explanation")
    @api.depends_context("lang")
    def _compute_explanation_html(self):
        for charge in self:
            sentences = charge._explain()
            charge.explanation_html = sentences and charge._get_sentences_html(sentences)

    def _explain(self):
        """Return the sentences, in the reader's language, that say why the charge is what it is.

        They are made from the stored explanation only: nothing that changes later changes them.
        """
        self.ensure_one()
        explanation = self.explanation or {}
        explain = self._get_explainers().get(explanation.get("kind"))
        if not explain:
            return [self.name] if self.name else []
        return explain(explanation)

    def _get_explainers(self):
        """Return the methods that put explanations of a kind into words; a hook.

        :return: ``{kind: method}``; each takes a stored explanation and returns a list of str
        """
        return {
            "period": self._explain_period,
            "credit": self._explain_credit,
            "goodwill": self._explain_goodwill,
        }

    @api.model
    def _get_sentences_html(self, sentences):
        """Return sentences as a list."""
        items = Markup().join(Markup("<li>%s</li>") % sentence for sentence in sentences)
        return Markup('<ul class="mb-0 ps-3">%s</ul>') % items

    def _explain_amount(self, amount):
        return formatLang(self.env, float(amount), currency_obj=self.currency_id)

    # ----- Recurring periods -----

    def _explain_period(self, explanation):
        """Say how a recurring price became the amount of a period."""
        sentences = [
            self.env._(
                "%(quantity)s × %(price)s, %(period)s.",
                quantity=format_number(self.env, explanation["quantity"]),
                price=self._explain_amount(explanation["unit_price"]),
                period=self._explain_price_period(explanation),
            )
        ]
        if float(explanation.get("discount") or 0):
            sentences.append(self._explain_discount(explanation))
        if explanation["days"] < explanation["period_days"]:
            sentences.append(
                self.env._(
                    "Prorated: %(days)s of the %(period_days)s days of the billing period.",
                    days=explanation["days"],
                    period_days=explanation["period_days"],
                )
            )
        return sentences

    def _explain_discount(self, explanation):
        percent = format_number(self.env, explanation["discount"])
        if last_day := explanation.get("discount_last_day"):
            return self.env._(
                "Less %(discount)s %% until %(day)s.",
                discount=percent,
                day=format_date(self.env, last_day),
            )
        return self.env._("Less %(discount)s %%.", discount=percent)

    def _explain_price_period(self, explanation):
        labels = get_labels(self.env["product.template"], "service_price_period")
        return labels[str(explanation["price_period_months"])].lower()

    # ----- What is given -----

    def _explain_goodwill(self, explanation):
        reason = explanation["reason"]
        return [self.env._("A gesture of ours. Reason: %(reason)s.", reason=reason)]

    # ----- What is given back -----

    def _explain_credit(self, explanation):
        """Say what is given back, or owed again, of which charge."""
        values = {
            "days": explanation["days"],
            "charged_days": explanation["charged_days"],
            "amount": self._explain_amount(abs(float(explanation["charged_amount"]))),
        }
        if self.quantity > 0:
            return [
                self.env._(
                    "Owed again: %(days)s of the %(charged_days)s days for which %(amount)s was "
                    "given back.",
                    **values,
                )
            ]
        return [
            self.env._(
                "Given back: %(days)s of the %(charged_days)s days for which %(amount)s was "
                "billed.",
                **values,
            )
        ]

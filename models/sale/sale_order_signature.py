import hashlib

from markupsafe import Markup

from odoo import models

from ..common.words import say_of


class SaleOrder(models.Model):
    """What proves that a quotation was signed online: who, when, from where, and what was read."""

    _inherit = "sale.order"

    def _note_signature(self, address, browser):
        """Note the evidence of a signature that the customer has just given (S37, L20).

        :param str address: the Internet address that it came from
        :param str browser: what the browser says of itself
        """
        self.ensure_one()
        facts = [
            (self.env._("Signed by"), self.signed_by),
            (self.env._("Signed on"), f"{self.signed_on} UTC"),
            (self.env._("E-mail"), self.partner_id.email),
            (self.env._("Internet address"), address),
            (self.env._("Browser"), browser),
            *self._get_signed_texts(),
        ]
        body = Markup("<br/>").join(say_of(self.env, name, text) for name, text in facts if text)
        self._message_log(body=body)

    def _get_signed_texts(self):
        """Return ``[(name, SHA-256)]`` of the printed quotation and of the conditions accepted."""
        kept = self.env["ir.attachment"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("mimetype", "=", "application/pdf"),
            ],
            order="id desc",
            limit=1,
        )
        texts = [(kept.name, kept.raw)] if kept else []
        texts += [
            (version.display_name, (version.body or "").encode())
            for version in self._get_sold_conditions()
        ]
        return [(name, f"SHA-256 {hashlib.sha256(text).hexdigest()}") for name, text in texts]

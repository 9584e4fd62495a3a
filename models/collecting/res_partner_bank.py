from odoo import models

KEY = "service_debtor_account"


class ResPartnerBank(models.Model):
    _inherit = "res.partner.bank"

    def _generate_party_block(self, parent_node, block_level, gen_args, payment=None):
        """Let the address know whose account it stands by (L15)."""
        is_debtor = block_level == "C" and gen_args["payment_method"] == "DD"
        gen_args[KEY] = self.sanitized_acc_number if is_debtor else ""
        return super()._generate_party_block(parent_node, block_level, gen_args, payment)

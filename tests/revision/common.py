from odoo import Command

from ..common import ServiceContractCommon

VALUES = {
    "2022-07-01": 284.0,
    "2024-09-01": 313.2,
    "2025-09-01": 319.6,
    "2026-09-01": 326.0,
}


class RevisionCommon(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.index = cls.env["service.price.index"].create(
            {
                "name": "Syntec",
                "code": "SYNTEC",
                "chain_month": "2022-08-01",
                "chain_coefficient": 0.97975,
                "value_ids": [
                    Command.create({"date": month, "value": value})
                    for month, value in VALUES.items()
                ],
            }
        )
        cls.rule = cls.create_rule()
        cls.family.revision_rule_id = cls.rule

    @classmethod
    def create_rule(cls, **vals):
        return cls.env["service.revision.rule"].create(
            {
                "name": "Syntec in September",
                "price_index_id": cls.index.id,
                "index_choice": "month",
                "index_month": "9",
                **vals,
            }
        )

    def propose(self, contract, day="2027-01-01"):
        return self.env["service.price.revision"]._propose({contract: self.day(day)})

    def apply(self, contract, day="2027-01-01"):
        revision = self.propose(contract, day)
        revision.with_user(self.user_manager).action_apply()
        return revision

    def snapshot(self, contract):
        """Return everything that a revision taken back must leave as it was."""
        self.env.invalidate_all()
        names = ["product_id", "quantity", "price_unit", "date_start", "date_end", "is_current"]
        amounts = ["date_start", "date_end", "amount", "state", "kind"]
        charges = [tuple(charge[name] for name in amounts) for charge in contract.charge_ids]
        return contract.line_ids.read(names), sorted(charges), contract.mrr

    def get_prices(self, contract):
        return [
            (line.date_start, line.date_end, line.price_unit)
            for line in contract.line_ids.sorted("id")
        ]

from freezegun import freeze_time

from ..common import ServiceContractCommon


class AllowanceCommon(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level_hours = cls.create_level("Hours", "per_intervention")
        cls.level_hours.write({"allowance_quantity": 1.0, "allowance_carry": "none"})
        cls.product_hours = cls.create_product(
            "Contract with hours", 50.0, recurring=cls.family, level=cls.level_hours
        )
        cls.product_prepaid = cls.create_product("Block of 10 hours", 500.0)
        cls.product_prepaid.service_prepaid_hours = 10
        cls.company.service_default_level_id = cls.level
        cls.ledger = cls.env["service.allowance"].sudo()

    def contract(self, start="2026-03-01", today=None, **vals):
        with freeze_time(f"{today or start} 12:00:00"):
            return self.create_contract(product=self.product_hours, start=start, **vals)

    def prepay(self, seconds, **vals):
        vals = {"partner_id": self.customer.id, "seconds": seconds, "date": "2026-01-01", **vals}
        return self.ledger.create({"company_id": self.company.id, "kind": "prepaid", **vals})

    def sold(self, quantity=1, customer=None):
        order = self.create_quote(self.product_prepaid, customer=customer, user=self.user_sales)
        order.order_line.product_uom_qty = quantity
        with freeze_time("2026-03-01 12:00:00"):
            order.action_confirm()
        return order

    def session(self, seconds, day="2026-03-02", number=1, **vals):
        return self.create_session([(f"{day} 11:00:00", seconds, f"PC {number}")], **vals)

    def granted(self, contract):
        entries = contract.allowance_ids.filtered("period_start").sorted("date")
        return [(entry.date.isoformat(), str(entry.date_until), entry.seconds) for entry in entries]

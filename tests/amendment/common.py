from ..common import ServiceContractCommon


class AmendmentCommon(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_data["default_journal_sale"].restrict_mode_hash_table = False
        cls.level_gold = cls.create_level("Gold", "managed")
        cls.product_backup = cls.create_product("Backup", 20.0, recurring=cls.family)
        cls.exit_reason = cls.env.ref("service_contract.service_reason_exit_change")

    def allow(self):
        """Return who may lessen a commitment, and why: for tests of what follows then."""
        return {"user": self.user_manager, "reason_id": self.exit_reason.id}

    def draft(self, contract, day="2026-06-16", user=None, **vals):
        """Create a draft as the button does, and change its first line where told to."""
        line_vals = vals.pop("line", {})
        amendments = self.env["service.amendment"].with_user(user or self.user_sales)
        prepared = amendments._prepare_draft_vals(
            contract.with_user(amendments.env.user), self.day(day)
        )
        amendment = amendments.create({**prepared, **vals})
        if line_vals:
            amendment.line_ids[0].write(line_vals)
        return amendment

    def amend(self, contract, day="2026-06-16", **vals):
        amendment = self.draft(contract, day, **vals)
        amendment.action_confirm()
        return amendment

    def bill(self, until):
        return self.create_run(until, user=self.user_accountant).invoice_ids

    def snapshot(self, contract, until="2026-12-31"):
        contract._generate_charges(self.day(until))
        self.env.invalidate_all()
        names = ["product_id", "quantity", "price_unit", "date_start", "date_end", "is_current"]
        amounts = ["kind", "date_start", "date_end", "amount", "state"]
        charges = [tuple(charge[name] for name in amounts) for charge in contract.charge_ids]
        terms = ["number", "date_start", "date_end", "refusal_deadline", "state"]
        return (
            contract.line_ids.read(names),
            sorted(charges),
            contract.commitment_ids.read(terms),
            (contract.mrr, contract.level_id, contract.commitment_end, contract.renewal_date),
        )

    def get_amounts(self, contract, until):
        contract._generate_charges(self.day(until))
        return [
            (charge.date_start.isoformat(), charge.date_last.isoformat(), charge.amount)
            for charge in contract.charge_ids.sorted(lambda c: (c.date_start, c.id))
        ]


class QuoteLossCommon(AmendmentCommon):
    def quote(self, contract, price, **vals):
        order = self.create_quote(
            self.product_support,
            user=self.user_sales,
            start="2026-07-01",
            service_amended_contract_id=contract.id,
            **vals,
        )
        order.order_line.price_unit = price
        return order

from ..common import ServiceContractCommon

TODAY = "2026-06-15"


class ExitCommon(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_data["default_journal_sale"].restrict_mode_hash_table = False
        cls.reason = cls.env.ref("service_contract.service_reason_exit_notice")

    def simulate(self, contract, received="2026-06-15", wished=None, user=None, **vals):
        simulation = self.env["service.exit.simulation"].with_user(user or self.user_manager)
        return simulation.create(
            {
                "contract_id": contract.id,
                "received_date": received,
                "wished_date": wished,
                "reason_id": self.reason.id,
                **vals,
            }
        )

    def leave(self, contract, *args, **vals):
        self.simulate(contract, *args, **vals).action_confirm()
        return contract.termination_ids.sorted("id")[-1:].with_user(self.user_manager)

    def dump(self, contract):
        """Return everything of a contract that a withdrawn termination may not change."""
        self.env.flush_all()
        self.env.invalidate_all()
        contract = contract.sudo()
        records = [
            contract,
            *contract.line_ids.sorted("id"),
            *contract.commitment_ids.sorted("number"),
            *contract.charge_ids.sorted(lambda charge: (charge.date_start, charge.kind)),
        ]
        ignored = {"id", "write_date", "write_uid", "create_date", "create_uid", "move_line_ids"}
        return [
            {
                name: value
                for name, value in record.read()[0].items()
                if name not in ignored
                and not name.startswith(("message_", "activity_", "termination", "my_activity"))
                and record._fields[name].type not in ("one2many", "json", "binary")
                and record._fields[name].store
            }
            for record in records
        ]


class WithdrawalCommon(ExitCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.consumer = cls.create_customer("Consumer", email="consumer@example.com")
        cls.consumer.write({"is_company": False, "service_regime": "consumer"})

    def quote(self, start=TODAY, **vals):
        return self.create_quote(
            self.product_support,
            customer=self.consumer,
            start=start,
            user=self.user_sales,
            **vals,
        )

    def confirm(self, order):
        order.action_confirm()
        return order.sudo().service_contract_ids

"""What changes at a customer is told, and taken over from a day on (L02, L09)."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import ChargeCommon


class TakeoverCommon(ChargeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.env["account.payment.term"].create({"name": "Ten days"})
        cls.contract = cls.create_contract()

    def get_matter(self, contract=None):
        return self.env["service.exception"]._get_open(
            contract or self.contract, "contract", "customer"
        )

    def move_to_reunion(self):
        self.customer.write(
            {"country_id": self.env.ref("base.re").id, "zip": "97400", "city": "Saint-Denis"}
        )

    def take_over(self, day, contract=None, **selected):
        """Take over by the screen, as a manager; ``selected`` are fields left out with False."""
        contract = (contract or self.contract).with_user(self.user_manager)
        action = contract.action_take_over()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.user_manager)
            .with_context(**action["context"])
        )
        form.date = day
        choice = form.save()
        for line in choice.line_ids:
            line.is_selected = selected.get(line.name, True)
        choice.action_apply()
        return choice

    def get_rates(self, charges):
        return [charge.tax_ids.amount for charge in charges.sorted("date_start")]


@tagged("post_install", "-at_install")
@freeze_time("2026-03-15 10:00:00")
class TestTold(TakeoverCommon):
    def test_a_customer_who_moves_is_a_matter_at_once(self):
        """20 % to Lyon, 8.5 % to La Réunion, whose clocks are two hours ahead (L09)."""
        self.assertFalse(self.get_matter())
        self.move_to_reunion()
        matter = self.get_matter()
        self.assertIn("Services: Guadeloupe, Martinique, Réunion", matter.detail)
        self.assertIn("Indian/Reunion", matter.detail)
        self.assertEqual(matter.cause_id.code, "customer")
        self.assertEqual(matter.with_user(self.user_manager).action_mend()["target"], "new")
        self.assertIn("Indian/Reunion", self.contract.with_user(self.user_technician).customer_note)

    def test_a_german_vat_number_too(self):
        self.customer.write(
            {"country_id": self.env.ref("base.de").id, "zip": "10115", "vat": "DE123456788"}
        )
        self.assertIn("Intra-EU B2B", self.get_matter().detail)

    def test_regime_terms_and_pricelist_too(self):
        pricelist = self.env["product.pricelist"].create({"name": "Partners"})
        customer = self.customer.with_company(self.company)
        for vals, words in (
            ({"property_payment_term_id": self.term.id}, "Ten days"),
            ({"property_product_pricelist": pricelist.id}, "Partners"),
            ({"service_regime": "consumer"}, "Consumer"),
            ({"tz": "Indian/Mayotte"}, "Indian/Mayotte"),
        ):
            with self.subTest(words):
                customer.write(vals)
                self.assertIn(words, self.get_matter().detail)

    def test_what_no_partner_was_written_for_is_found_by_the_daily_job(self):
        position = self.env["account.fiscal.position"].create(
            {
                "name": "New rule",
                "auto_apply": True,
                "sequence": -1,
                "country_id": self.env.ref("base.fr").id,
            }
        )
        self.assertTrue(position)
        self.assertFalse(self.get_matter())
        self.run_cron("service_contract.service_contract_cron")
        self.assertIn("New rule", self.get_matter().detail)

    def test_what_was_negotiated_is_no_change(self):
        self.contract.payment_term_id = self.term
        self.customer.write({"zip": "69002"})
        self.contract._look_at_customers()
        self.assertFalse(self.get_matter() or self.contract.customer_note)

    def test_what_changes_back_is_settled(self):
        self.move_to_reunion()
        self.assertTrue(self.get_matter())
        self.customer.write({"country_id": self.env.ref("base.fr").id, "zip": "69001"})
        self.assertFalse(self.get_matter() or self.contract.customer_note)

    def test_the_site_and_the_invoice_address_count(self):
        site = self.env["res.partner"].create(
            {
                "name": "Site",
                "parent_id": self.customer.id,
                "type": "delivery",
                "country_id": self.env.ref("base.fr").id,
            }
        )
        contract = self.create_contract()
        self.assertEqual(contract.partner_shipping_id, site)
        site.write({"country_id": self.env.ref("base.re").id})
        self.assertTrue(self.get_matter(contract))

    def test_ended_contracts_and_other_customers_are_left_alone(self):
        other = self.create_contract(self.create_customer("Other"))
        self.contract.sudo()._set_ended(self.day("2026-03-14"))
        self.move_to_reunion()
        self.assertFalse(self.get_matter() or self.get_matter(other))

    def test_kept_as_agreed_is_kept(self):
        self.move_to_reunion()
        self.contract.with_user(self.user_manager).action_keep_agreed()
        self.assertFalse(self.get_matter() or self.contract.customer_note)
        self.customer.write({"zip": "97410"})
        self.assertFalse(self.get_matter())

    def test_settled_in_the_inbox_is_kept_as_agreed(self):
        self.move_to_reunion()
        self.get_matter().with_user(self.user_manager).action_done()
        self.contract._look_at_customers()
        self.assertFalse(self.get_matter() or self.contract.customer_note)

    def test_an_accountant_does_not_settle_it(self):
        """Left as agreed is a manager's word, and leaves its trace."""
        self.move_to_reunion()
        matter = self.get_matter()
        with self.assertRaises(AccessError):
            matter.with_user(self.user_accountant).action_done()
        matter.with_user(self.user_manager).action_done()
        self.assertEqual(matter.state, "done")
        self.assertIn("Left as agreed", self.contract.message_ids[0].body)

    def test_who_decides(self):
        self.move_to_reunion()
        for user in (self.user_sales, self.user_technician, self.user_accountant):
            with self.assertRaises(AccessError):
                self.contract.with_user(user).action_keep_agreed()
            with self.assertRaises(AccessError):
                self.env["service.takeover.choice"].with_user(user).create(
                    {"contract_id": self.contract.id}
                )


@tagged("post_install", "-at_install")
@freeze_time("2026-03-15 10:00:00")
class TestTakenOver(TakeoverCommon):
    def test_from_a_day_on(self):
        """What begins before the day keeps 20 %, also where it is charged later."""
        self.charge(self.contract, "2026-02-28")
        self.move_to_reunion()
        self.take_over("2026-03-01")
        self.assertFalse(self.get_matter() or self.contract.customer_note)
        self.assertEqual(self.contract.tz, "Indian/Reunion")
        self.charge(self.contract, "2026-04-30")
        self.assertEqual(self.get_rates(self.contract.charge_ids), [20, 20, 8.5, 8.5])
        self.contract._remake_charges()
        self.charge(self.contract, "2026-04-30")
        self.assertEqual(self.get_rates(self.contract.charge_ids), [20, 20, 8.5, 8.5])
        run = self.create_run("2026-04-30")
        self.assertEqual(sorted(run.invoice_ids.mapped("amount_total")), [108.5, 120.0])

    def test_what_is_billed_stays(self):
        run = self.create_run("2026-03-31")
        self.move_to_reunion()
        choice = self.take_over("2026-03-01")
        self.assertIn("03/31/2026", choice.billed_note)
        self.assertEqual(run.invoice_ids.amount_total, 180.0)
        self.charge(self.contract, "2026-04-30")
        self.assertEqual(self.get_rates(self.contract.charge_ids), [20, 20, 20, 8.5])

    def test_on_a_day_to_come(self):
        """Planned: a run that bills ahead knows it; the contract has it when the day comes."""
        self.move_to_reunion()
        self.take_over("2026-05-01")
        self.assertEqual(self.contract.tz, "Europe/Paris")
        self.assertFalse(self.get_matter())
        self.charge(self.contract, "2026-06-30")
        self.assertEqual(self.get_rates(self.contract.charge_ids), [20, 20, 20, 20, 8.5, 8.5])
        with freeze_time("2026-05-01 10:00:00"):
            self.run_cron("service_contract.service_contract_cron")
        self.assertTrue(self.contract.takeover_ids.is_applied)
        self.assertEqual(self.contract.tz, "Indian/Reunion")
        self.contract._remake_charges()
        self.charge(self.contract, "2026-06-30")
        self.assertEqual(self.get_rates(self.contract.charge_ids), [20, 20, 20, 20, 8.5, 8.5])

    def test_a_planned_one_can_be_dropped(self):
        self.move_to_reunion()
        self.take_over("2026-05-01")
        self.contract.takeover_ids.with_user(self.user_manager).unlink()
        self.charge(self.contract, "2026-05-31")
        self.assertEqual(self.get_rates(self.contract.charge_ids), [20] * 5)
        self.customer.write({"country_id": self.env.ref("base.fr").id, "zip": "69001"})
        self.move_to_reunion()
        self.take_over("2026-03-01")
        with self.assertRaisesRegex(UserError, "charges were made"):
            self.contract.takeover_ids.with_user(self.user_manager).unlink()

    def test_a_planned_one_goes_when_the_customer_comes_back(self):
        self.move_to_reunion()
        self.take_over("2026-05-01")
        self.customer.write({"country_id": self.env.ref("base.fr").id, "zip": "69001"})
        self.assertFalse(self.contract.takeover_ids)
        self.charge(self.contract, "2026-05-31")
        self.assertEqual(self.get_rates(self.contract.charge_ids), [20] * 5)

    def test_a_planned_one_applies_only_what_the_customer_still_has(self):
        self.move_to_reunion()
        self.take_over("2026-05-01")
        self.customer.write({"country_id": self.env.ref("base.yt").id, "zip": "97600"})
        self.assertEqual(self.get_matter().state, "open")
        with freeze_time("2026-05-01 10:00:00"):
            self.run_cron("service_contract.service_contract_cron")
        self.assertEqual(self.contract.tz, "Europe/Paris")
        self.take_over("2026-05-02")
        self.assertEqual(self.contract.takeover_ids[0].new_values["tz"], "Indian/Mayotte")

    def test_a_later_decision_replaces_what_was_planned(self):
        self.move_to_reunion()
        self.take_over("2026-05-01")
        self.customer.write({"country_id": self.env.ref("base.yt").id, "zip": "97600"})
        self.take_over("2026-04-01")
        self.assertEqual(self.contract.takeover_ids.date, self.day("2026-04-01"))

    def test_not_before_what_was_taken_over(self):
        self.move_to_reunion()
        self.take_over("2026-03-10")
        self.customer.write({"country_id": self.env.ref("base.fr").id, "zip": "69001"})
        with self.assertRaisesRegex(UserError, "other values since 03/10/2026"):
            self.take_over("2026-02-01")

    def test_twice(self):
        """To La Réunion in February, back in April: each month as of then."""
        self.move_to_reunion()
        self.take_over("2026-02-01")
        self.customer.write({"country_id": self.env.ref("base.fr").id, "zip": "69001"})
        self.take_over("2026-04-01")
        self.charge(self.contract, "2026-05-31")
        self.assertEqual(self.get_rates(self.contract.charge_ids), [20, 8.5, 8.5, 20, 20])

    def test_sessions_of_the_day_and_later(self):
        self.contract.level_id.kind = "per_intervention"
        for day in ("2026-03-02", "2026-03-10"):
            self.create_session([(f"{day} 09:00:00", 1800)], contract_id=self.contract.id)
        self.move_to_reunion()
        self.take_over("2026-03-05")
        session = self.create_session([("2026-03-03 09:00:00", 1800)], contract_id=self.contract.id)
        charges = self.contract.charge_ids.filtered(lambda charge: charge.kind == "session")
        self.assertEqual(self.get_rates(charges), [20, 20, 8.5])
        self.assertEqual(session.charge_ids.tax_ids.amount, 20)

    def test_only_what_was_chosen(self):
        self.customer.with_company(self.company).property_payment_term_id = self.term
        self.move_to_reunion()
        self.take_over("2026-03-01", fiscal_position_id=False, tz=False)
        self.assertEqual(self.contract.payment_term_id, self.term)
        self.assertEqual(self.contract.tz, "Europe/Paris")
        self.assertFalse(self.contract.customer_note)

    def test_regime_is_taken_over_by_a_manager(self):
        self.customer.service_regime = "consumer"
        self.take_over("2026-03-15")
        self.assertEqual(self.contract.regime, "consumer")

    def test_another_currency_is_refused_in_words(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        pricelist = self.env["product.pricelist"].create(
            {"name": "Dollar", "currency_id": dollar.id}
        )
        self.customer.with_company(self.company).property_product_pricelist = pricelist
        for day in ("2026-03-01", "2026-05-01"):
            with self.assertRaisesRegex(UserError, "can no longer change"):
                self.take_over(day)

    def test_not_before_the_contract_begins(self):
        self.move_to_reunion()
        with self.assertRaisesRegex(ValidationError, "begins on"):
            self.take_over("2025-12-31")

    def test_nothing_chosen_is_said(self):
        self.move_to_reunion()
        with self.assertRaisesRegex(UserError, "Select"):
            self.take_over("2026-03-01", fiscal_position_id=False, tz=False)

    def test_a_client_makes_no_takeover_of_its_own(self):
        values = {"fiscal_position_id": False}
        vals = {"contract_id": self.contract.id, "date": "2026-01-01", "is_applied": True}
        with self.assertRaisesRegex(AccessError, "cannot be created by hand"):
            self.env["service.takeover"].with_user(self.user_manager).create(
                {**vals, "new_values": values, "old_values": values}
            )


@tagged("post_install", "-at_install")
@freeze_time("2026-03-15 10:00:00")
class TestArchivedTax(ChargeCommon):
    """A tax that somebody archives never becomes an invoice without tax (L08b)."""

    def archive_tax(self, tax):
        successor = tax.copy({"name": f"{tax.name} of 2026"})
        tax.active = False
        return successor

    def test_recurring_is_put_aside_until_the_product_has_the_successor(self):
        contract = self.create_contract()
        successor = self.archive_tax(self.tax_excluded)
        run = self.create_run("2026-01-31", user=self.user_accountant)
        self.assertFalse(run.invoice_ids)
        self.assertIn("is archived", run.exception_ids.detail)
        self.assertEqual(contract.charge_ids.amount_total, 60.0)
        self.assertIn("archived", contract.tax_note)
        self.company._assign_service_taxes(self.product_support.product_tmpl_id)
        run.action_resume()
        self.assertEqual(run.invoice_ids.amount_total, 60.0)
        self.assertEqual(run.invoice_ids.invoice_line_ids.tax_ids, successor)
        contract.invalidate_recordset(["tax_note"])
        self.assertFalse(contract.tax_note)

    def test_of_a_territory_too(self):
        """8.5 % of La Réunion is archived: neither 20 % nor nothing is billed instead (L09)."""
        customer = self.create_customer("Réunion", country_id=self.env.ref("base.re").id)
        contract = self.create_contract(customer)
        taxes = contract.line_ids._get_charge_taxes(
            {"fiscal_position_id": contract.fiscal_position_id.id}
        )
        self.assertEqual(taxes.amount, 8.5)
        taxes.active = False
        run = self.create_run("2026-01-31")
        self.assertFalse(run.invoice_ids)
        self.assertEqual(contract.charge_ids.amount_total, 54.25)
        successor = taxes.copy({"name": "8.5 % of 2026", "active": True})
        run.action_resume()
        self.assertEqual(run.invoice_ids.amount_total, 54.25)
        self.assertEqual(run.invoice_ids.invoice_line_ids.tax_ids, successor)

    def test_what_was_charged_before_too(self):
        """A session was closed, then its tax archived: 36.00, and not 30.00."""
        self.company.service_default_level_id = self.level
        session = self.create_session([("2026-03-02 09:00:00", 1800)])
        self.archive_tax(self.tax_excluded)
        self.env.invalidate_all()
        self.assertEqual(session.charge_ids.tax_ids, self.tax_excluded)
        run = self.create_run("2026-03-31")
        self.assertFalse(run.invoice_ids)
        self.assertEqual(len(run.exception_ids), 1)

    def test_a_session_can_still_be_closed(self):
        self.company.service_default_level_id = self.level
        self.archive_tax(self.tax_excluded)
        session = self.create_session([("2026-03-02 09:00:00", 1800)])
        self.assertEqual(session.charge_ids.amount_total, 36.0)

    def test_others_are_billed_meanwhile(self):
        self.create_contract()
        included = self.create_product(
            "Included", 48.0, self.tax_included, self.family, self.level_unlimited
        )
        other = self.create_contract(self.create_customer("B"), product=included)
        self.archive_tax(self.tax_excluded)
        run = self.create_run("2026-01-31")
        self.assertEqual(run.invoice_ids.service_contract_id, other)

    def test_what_is_given_back_has_the_tax_that_it_was_billed_by(self):
        contract = self.create_contract()
        self.create_run("2026-03-31")
        self.archive_tax(self.tax_excluded)
        contract.line_ids.date_end = "2026-02-28"
        self.create_run("2026-03-31")
        credit = contract.charge_ids.filtered(lambda charge: charge.kind == "credit")
        credit.reversed_charge_id.invoice_id.action_post()
        credit.action_credit_origin()
        self.assertEqual(credit.invoice_id.move_type, "out_refund")
        self.assertEqual(credit.invoice_id.amount_total, 60.0)

    def test_the_set_up_lists_it(self):
        self.create_contract()
        successor = self.archive_tax(self.tax_excluded)
        template = self.product_support.product_tmpl_id
        self.assertIn(template, self.company._get_mistaxed_services())
        self.company._assign_service_taxes(template)
        self.assertEqual(self.company._get_taxes_of_service(template), successor)

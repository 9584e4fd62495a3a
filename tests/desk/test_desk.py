"""The technicians' desk: what is found, what the card says, what starts, stops and is refused."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.http import serialize_exception
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import file_open

from .common import DeskCommon

NOW = datetime(2026, 3, 2, 11)


@tagged("post_install", "-at_install")
class TestDeskSearch(DeskCommon):
    """One box finds companies, people, telephone numbers, workstations and remote-tool ids."""

    def find(self, text):
        return self.desk.search_customers(text)["hits"]

    def test_what_is_typed_and_what_is_found(self):
        self.create_session([(NOW, 60, "CAISSE-2")], customer=self.clinic)
        clinic, marie = (self.clinic.id, False, ""), (self.clinic.id, self.marie.id, "")
        device = (self.clinic.id, False, "PC-ACCUEIL")
        for text, expected in (
            ("Clinique", clinic),
            ("clinique ocean", clinic),
            ("ETE océan", clinic),
            ("L'OCÉAN", clinic),
            ("0262 41 00 00", clinic),
            ("+262262410000", clinic),
            ("hoarau", marie),
            ("Marie Hoa", marie),
            ("0692 12 34 56", marie),
            ("+262692123456", marie),
            ("+262 (0)692 12.34.56", marie),
            ("00262692123456", marie),
            ("0692 12 34", marie),
            ("pc-accueil", device),
            ("accueil pc", device),
            ("123456789", device),
            ("123 456 789", device),
            ("1 234 567", device),
            ("caisse", (self.clinic.id, False, "CAISSE-2")),
        ):
            with self.subTest(text):
                hits = self.find(text)
                self.assertEqual(
                    [(h["partner_id"], h["contact_id"], h["workstation"]) for h in hits], [expected]
                )

    def test_a_pasted_page_is_looked_for_by_its_beginning(self):
        page = "page " * 50_000
        self.assertFalse(self.find(page))
        self.assertFalse(self.find("9" * 500_000))

    def test_what_finds_nothing(self):
        for text in ("", " ", "c", "%", "%%%", "__", "\\", "zzzz", "0692 99 99 99", "'; --"):
            with self.subTest(text):
                self.assertEqual(self.find(text), [])

    def test_customers_with_a_contract_come_first(self):
        second = self.create_customer("Océan Zoo")
        self.create_contract(second)
        hits = self.find("ocean")
        self.assertEqual([hit["partner_id"] for hit in hits], [second.id, self.clinic.id])
        self.assertEqual([hit["level"] for hit in hits], ["Unlimited", ""])

    def test_a_renamed_customer_is_found_by_the_new_name(self):
        self.clinic.write({"name": "Polyclinique", "phone": "+48 22 123 45 67"})
        for text in ("polyclinique", "22 123 45 67"):
            self.assertEqual([hit["partner_id"] for hit in self.find(text)], [self.clinic.id])
        self.assertEqual(self.find("ocean"), [])

    def test_colleagues_and_archived_customers_are_not_found(self):
        for own in (self.user_technician, self.company):
            self.assertEqual(self.find(own.name), [])
        self.clinic.active = False
        self.assertEqual(self.find("clinique"), [])

    def find_titles(self, text):
        return [hit["title"] for hit in self.find(text)]

    def test_the_best_match_is_first(self):
        """An exact id or number, an exact name, a beginning, all words; then who has a contract."""
        names = ("Demo Shop 1", "Demo Shop 4", "Demo Shop 42", "The Demo Shop 4", "Shop 4 Demo")
        shops = [
            self.create_customer(
                name, phone=f"0262 44 14 4{number}", country_id=self.clinic.country_id.id
            )
            for number, name in enumerate(names)
        ]
        for shop in (shops[0], shops[3]):
            self.create_contract(shop)
        self.create_device("DEMO 4", shops[2], remote_tool_id="demoshop4")
        self.assertEqual(
            self.find_titles("Demo Shop 4"),
            ["DEMO 4", "Demo Shop 4", "The Demo Shop 4", "Shop 4 Demo"],
        )
        self.assertEqual(
            self.find_titles("demo sh")[:3], ["Demo Shop 1", "Demo Shop 4", "Demo Shop 42"]
        )
        self.assertEqual(self.find_titles("0262 44 14 42"), ["Demo Shop 42"])
        for text in ("44 1", "14", "262"):
            self.assertFalse({*self.find_titles(text)} & {*names}, text)
        self.assertEqual(len(self.find_titles("02 62 44 14")), 5)

    def test_an_exact_name_is_found_behind_many_others(self):
        partners = self.env["res.partner"]
        partners.create([{"name": f"Zoo {number} Aquarium"} for number in range(100, 160)])
        partners.create({"name": "Zzz Zoo", "is_company": False})
        last = partners.create({"name": "Zoo"})
        self.assertEqual(self.find("zoo")[0]["partner_id"], last.id)

    def test_city_email_contract_and_session_numbers(self):
        self.clinic.write({"city": "Saint-Leu", "email": "accueil@clinique.example"})
        contract = self.create_contract(self.clinic)
        session = self.open_session(partner_id=self.clinic.id)
        year, number = session.name.split("/")[1:]
        for text in (
            "saint leu",
            "clinique saint-leu",
            "accueil@clinique.example",
            contract.name,
            session.name,
            f"ses {year} {int(number)}",
        ):
            with self.subTest(text):
                self.assertEqual(self.find(text)[0]["partner_id"], self.clinic.id)
        (hit,) = self.find(contract.name)
        self.assertEqual((hit["kind"], hit["document_id"]), ("contract", contract.id))
        (hit,) = self.find(session.name)
        self.assertEqual((hit["kind"], hit["document_id"]), ("session", session.id))
        others = [self.open_session(partner_id=self.clinic.id) for _number in range(6)]
        card = self.desk.get_card(self.clinic.id, others[-1].id)
        self.assertEqual(card["requests"][0]["id"], others[-1].id)
        sister = self.setup_other_company(name="Sister")["company"]
        foreign = self.create_contract(self.clinic, company_id=sister.id)
        self.assertNotIn(foreign.id, [hit.get("document_id") for hit in self.find(foreign.name)])

    def test_limit_is_said(self):
        partners = self.env["res.partner"]
        partners.create([{"name": f"Boulangerie {number}"} for number in range(30)])
        answer = self.desk.search_customers("boulangerie")
        self.assertEqual(len(answer["hits"]), 12)
        self.assertTrue(answer["is_limited"])
        self.assertFalse(self.desk.search_customers("clinique")["is_limited"])

    def test_queries_do_not_grow_with_what_is_found(self):
        self.create_contract(self.clinic)
        self.device.name = "Ocean PC"
        self.find("ocean")
        few = self.count_queries(lambda: self.find("ocean"))
        for number in range(8):
            customer = self.create_customer(f"Océan {number}")
            self.create_contract(customer)
            self.create_device(f"Ocean PC {number}", customer)
        many = self.count_queries(lambda: self.find("ocean"))
        self.assertLessEqual(many, few + 1)
        self.assertLess(many, 15)

    def test_customer_field_of_a_session(self):
        """The form's field finds as the desk does, companies first, our own people never."""
        partners = self.env["res.partner"].with_user(self.user_technician)
        partners = partners.with_context(service_customers=True)
        for text, expected in (
            ("ocean", self.clinic),
            ("0692 12 34 56", self.marie),
            ("123 456 789", self.clinic),
        ):
            with self.subTest(text):
                for limit in (8, None):
                    found = partners.name_search(text, limit=limit)
                    self.assertEqual([pair[0] for pair in found], expected.ids)
        everyone = partners.browse(pair[0] for pair in partners.name_search("", limit=None))
        self.assertNotIn(self.user_technician.partner_id, everyone)
        self.assertEqual(everyone, everyone.sorted("is_company", reverse=True))
        only = partners.name_search("o", domain=[("id", "=", self.marie.id)])
        self.assertLessEqual({pair[0] for pair in only}, set(self.marie.ids))


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestDeskCard(DeskCommon):
    """What the card says of a customer."""

    def get_card(self, partner=None, user=None):
        desk = self.desk.with_user(user) if user else self.desk
        return desk.get_card((partner or self.clinic).id)

    def test_contract_and_referent(self):
        """S38: the référent and the telephone stand beside the contract."""
        contract = self.create_contract(self.clinic, referent_id=self.marie.id)
        card = self.get_card()
        (found,) = card["contracts"]
        self.assertEqual((found["id"], found["level"]), (contract.id, "Unlimited"))
        self.assertEqual(
            (found["referent"], found["referent_phone"]), ("Marie Hoarau", self.marie.phone)
        )
        self.assertEqual(card["contract_id"], contract.id)
        self.assertEqual(
            [(person["name"], person["is_referent"]) for person in card["contacts"]],
            [("Marie Hoarau", True), ("Paul Payet", False)],
        )

    def test_suspension_and_complaint_are_said(self):
        contract = self.create_contract(self.clinic)
        self.assertFalse(self.get_card()["contracts"][0]["suspension"])
        contract.suspension_ids.create({"contract_id": contract.id, "date_start": "2026-01-05"})
        words = f"{contract.name} has been suspended since 01/05/2026"
        self.assertIn(words, self.get_card()["contracts"][0]["suspension"])
        (timer,) = self.desk.start_session({"partner_id": self.clinic.id})["mine"]
        self.assertIn(words, timer["warnings"][0])
        session = self.env["service.session"].browse(timer["id"]).with_user(self.user_technician)
        first = self.create_session([("2026-01-02 09:00:00", 60, "PC")], self.clinic)
        session.rework_of_id = first
        (timer,) = self.desk.get_timers()["mine"]
        self.assertIn("no rework of", timer["warnings"][1])

    def test_nothing_is_chosen_among_several_contracts(self):
        contracts = self.create_contract(self.clinic) + self.create_contract(self.clinic)
        card = self.get_card()
        self.assertFalse(card["contract_id"])
        self.assertEqual({found["id"] for found in card["contracts"]}, set(contracts.ids))

    def test_contracts_that_price_no_session_are_no_choice(self):
        support = self.create_contract(self.clinic)
        self.create_contract(
            self.clinic, product=self.product_fibre, is_sepa_waived=True, sepa_waiver_reason="Test"
        )
        card = self.get_card()
        self.assertEqual(card["contract_id"], support.id)
        self.assertEqual(
            {found["level"]: found["is_pricing"] for found in card["contracts"]},
            {"Unlimited": True, "Fibre Access": False},
        )

    def test_coverage_now(self):
        """S12, S13: open until noon at the customer's, by channel."""
        contract = self.create_contract(self.clinic)  # in La Réunion it is 15:00
        contract.level_id.window_ids = [
            Command.create({"day": "0", "hour_from": 8, "hour_to": 16, "channel": "remote"}),
            Command.create({"day": "1", "hour_from": 8, "hour_to": 12}),
        ]
        contract.tz = "Indian/Reunion"
        (found,) = self.get_card()["contracts"]
        self.assertEqual(
            {channel: value["is_open"] for channel, value in found["coverage"].items()},
            {"remote": True, "phone": True, "on_site": False},
        )
        self.assertIn("until 16:00", found["coverage"]["remote"]["text"])
        self.assertIn("Tuesday", found["coverage"]["on_site"]["text"])

    def test_hours_are_not_said_where_work_is_billed_at_any_hour(self):
        product = self.create_product("Pay", 5.0, recurring=self.family, level=self.level)
        self.create_contract(self.clinic, product=product)
        (found,) = self.get_card()["contracts"]
        self.assertEqual(found["coverage"], {})
        self.level.window_ids = [Command.create({"day": "0", "hour_from": 8, "hour_to": 9})]
        (found,) = self.get_card()["contracts"]
        self.assertFalse(found["coverage"]["remote"]["is_open"])

    def test_contracts_not_in_force_are_not_shown(self):
        self.create_contract(self.clinic, start="2026-05-01")
        self.create_contract(self.clinic, activate=False)
        card = self.get_card()
        self.assertEqual((card["contracts"], card["contract_id"]), ([], False))
        self.assertEqual(card["default_level"], self.level.name)

    def test_unpaid(self):
        self.assertFalse(self.get_card()["unpaid"])
        self.create_invoice("2026-04-01")
        self.create_invoice("2026-02-01", post=False)
        self.assertFalse(self.get_card()["unpaid"])
        self.create_invoice("2026-02-15")
        self.create_invoice("2026-02-10", partner_id=self.marie.id)
        self.assertEqual(self.get_card()["unpaid"], {"since": "02/10/2026", "amount": ""})

    def test_unpaid_amount_is_for_those_who_may_read_it(self):
        self.create_invoice("2026-02-15")
        self.user_technician.group_ids += self.quick_ref("account.group_account_readonly")
        self.assertIn("108.50", self.get_card()["unpaid"]["amount"])

    def test_sessions_requests_and_equipment(self):
        for day in range(1, 8):
            self.create_session([(NOW - timedelta(days=day), 60 * day)], customer=self.clinic)
        waiting = self.open_session(partner_id=self.clinic.id, request="Printer\nout of paper")
        self.open_session(partner_id=self.customer.id, request="Another customer")
        self.device.warranty_end = "2026-03-02"
        card = self.get_card()
        self.assertEqual(
            [session["duration"] for session in card["sessions"]],
            ["0:01:00", "0:02:00", "0:03:00", "0:04:00", "0:05:00"],
        )
        self.assertEqual(
            [(request["id"], request["request"]) for request in card["requests"]],
            [(waiting.id, "Printer")],
        )
        (device,) = card["equipment"]
        self.assertEqual((device["name"], device["remote_tool_id"]), ("PC-ACCUEIL", "123 456 789"))
        self.assertTrue(not device["cover"] and device["is_under_warranty"])

    def get_covers(self):
        return {device["name"]: device["cover"] for device in self.get_card()["equipment"]}

    def test_s17_cover_is_said_where_it_matters_and_was_decided(self):
        """Just found equipment is no “not covered” beside a contract that covers all."""
        self.device.is_covered = False
        self.env["service.equipment"].with_user(self.user_technician).create(
            {"name": "FOUND", "partner_id": self.clinic.id}
        )
        contract = self.create_contract(self.clinic)
        self.assertEqual(self.get_covers(), {"PC-ACCUEIL": "", "FOUND": ""})
        contract.level_id.is_limited_to_covered = True
        self.assertEqual(self.get_covers(), {"PC-ACCUEIL": "out", "FOUND": "open"})
        self.device.is_covered = True
        self.assertEqual(self.get_covers(), {"PC-ACCUEIL": "", "FOUND": "open"})

    def test_queries_do_not_grow_with_what_is_shown(self):
        self.create_contract(self.clinic, referent_id=self.marie.id)
        self.create_session([(NOW - timedelta(days=1), 60)], customer=self.clinic)
        self.get_card()
        few = self.count_queries(self.get_card)
        for number in range(4):
            self.create_contract(self.clinic, referent_id=self.create_contact(f"R{number}").id)
            self.create_session(
                [(NOW - timedelta(hours=number + 2), 60)],
                customer=self.clinic,
                is_off_contract=True,
            )
            self.open_session(partner_id=self.clinic.id)
            self.create_device(f"PC {number}")
        many = self.count_queries(self.get_card)
        self.assertLessEqual(many, few + 2)
        self.assertLess(many, 45)


@tagged("post_install", "-at_install")
class TestDeskTimers(DeskCommon):
    """From the card to the closed session."""

    def test_start_stop_and_close(self):
        contract = self.create_contract(self.clinic)
        with freeze_time(NOW) as clock:
            session = self.start(
                contact_id=self.marie.id, workstation=" PC-ACCUEIL ", request="Printer "
            )
            self.assertEqual(session.contract_id, contract)
            self.assertEqual(session.user_id, self.user_technician)
            self.assertEqual((session.state, session.channel), ("running", "remote"))
            self.assertEqual((session.contact_id, session.request), (self.marie, "Printer"))
            self.assertEqual(session.line_ids.service_workstation, "PC-ACCUEIL")
            self.assertEqual(session.line_ids.service_equipment_id, self.device)
            clock.tick(timedelta(seconds=90))
            (timer,) = self.desk.get_timers()["mine"]
            self.assertEqual(timer["since"], int(NOW.timestamp()))
            self.assertEqual(timer["customer"], self.clinic.display_name)
            self.assertIn("Included", timer["price"]["total"])
            self.assertTrue(timer["coverage"]["is_open"])
            timers = self.desk.stop_session(session.id)
            self.assertEqual(timers["mine"], [])
            (unfinished,) = timers["unfinished"]
            self.assertEqual((unfinished["id"], unfinished["seconds"]), (session.id, 90))
            work_type = self.env["service.work.type"].search([], limit=1)
            self.desk.save_session(
                session.id, {"report": "Paper <b>put</b> in", "work_type_id": work_type.id}
            )
            answer = self.desk.close_session(session.id)
        self.assertEqual((answer["mine"], answer["unfinished"]), ([], []))
        self.assertIn(session.name, answer["message"])
        self.assertEqual((session.state, session.work_type_id), ("done", work_type))
        self.assertIn("&lt;b&gt;", session.report)

    def stop(self):
        """Return a session of ten seconds that waits to be finished."""
        with freeze_time(NOW) as clock:
            session = self.start()
            clock.tick(timedelta(seconds=10))
            self.desk.stop_session(session.id)
        return session

    def get_unfinished(self):
        (unfinished,) = self.desk.get_timers()["unfinished"]
        return unfinished

    def test_what_is_typed_stands_on_the_session(self):
        session = self.stop()
        work_type = self.env["service.work.type"].search([], limit=1)
        for text in ("Paper\n put in", "Done.\n\nSee https://example.com/a & <b>", "É ‘a’", ""):
            with self.subTest(text):
                values = {"report": f"  {text}\n", "work_type_id": work_type.id}
                self.desk.save_session(session.id, values)
                unfinished = self.get_unfinished()
                self.assertEqual(unfinished["report"], text)
                self.assertFalse(unfinished["is_report_formatted"])
                self.assertEqual(unfinished["work_type_id"], work_type.id)
        self.desk.save_session(session.id, {"work_type_id": 0})
        self.assertFalse(session.work_type_id)
        self.desk.save_session(session.id, {"report": "Paper"})
        self.desk.save_session(session.id, {})
        self.assertEqual(self.get_unfinished()["report"], "Paper")

    def test_a_formatted_report_is_not_typed_over(self):
        session = self.stop()
        for report in ("<p>A <b>bold</b> word</p>", "<ul><li>One</li></ul>", "<h1>T</h1><p>a</p>"):
            with self.subTest(report):
                session.report = report
                unfinished = self.get_unfinished()
                self.assertEqual(
                    (unfinished["report"], unfinished["is_report_formatted"]), ("", True)
                )

    def test_a_closed_session_keeps_its_report(self):
        session = self.stop()
        self.desk.save_session(session.id, {"report": "Paper put in"})
        self.desk.close_session(session.id)
        with (
            self.assertRaisesRegex(UserError, "not open any more") as refusal,
            self.env.cr.savepoint(),
        ):
            self.desk.save_session(session.id, {"report": "Too late"})
        name = serialize_exception(refusal.exception)["name"]
        self.assertEqual(
            name, "odoo.addons.service_contract.models.desk.service_desk_report.SessionNotOpen"
        )
        with file_open("service_contract/static/src/desk/desk_action.js") as source:
            self.assertIn(f'"{name}"', source.read())
        self.assertEqual(session.report, "<p>Paper put in</p>")

    def test_stop_again_and_resume(self):
        with freeze_time(NOW) as clock:
            session = self.start()
            clock.tick(timedelta(seconds=10))
            self.desk.stop_session(session.id)
            clock.tick(timedelta(seconds=10))
            timers = self.desk.start_again(session.id)
            self.assertEqual([timer["seconds"] for timer in timers["mine"]], [10])
            self.assertEqual(timers["unfinished"], [])

    def test_a_click_that_comes_late_counts_from_when_it_was_made(self):
        """A stop that waited for a connection; what was begun since goes on."""
        with freeze_time(NOW) as clock:
            session = self.start(workstation="PC 1")
            clock.tick(timedelta(seconds=90))
            session.with_user(self.user_technician).action_start_workstation()
            second = session.line_ids.filtered(lambda line: line.service_start > NOW)
            clock.tick(timedelta(seconds=30 + 600))
            later = self.start(workstation="PC 2")
            self.assertEqual(self.desk.stop_session(session.id, 600)["mine"][0]["id"], later.id)
            first = session.line_ids - second
            self.assertEqual(first.service_stop, NOW + timedelta(seconds=120))
            self.assertEqual(second.service_seconds, 30)
            self.assertEqual(session.state, "draft")
            self.desk.stop_session(later.id, 600)
            self.assertEqual(later.state, "running", "begun after the click")
            self.desk.stop_session(later.id, -600)
            self.assertEqual(later.line_ids.service_seconds, 1, "never in the future")

    def test_a_timer_started_by_mistake_is_discarded(self):
        """Within its first minute, and as if nothing had been: a request waits again."""
        with freeze_time(NOW) as clock:
            request = self.open_session(partner_id=self.clinic.id, request="Printer")
            mistaken = self.start(partner_id=self.customer.id)
            clock.tick(timedelta(seconds=59))
            self.desk.start_again(request.id)
            self.assertEqual(self.desk.discard_session(mistaken.id)["mine"][0]["id"], request.id)
            self.assertEqual(
                (mistaken.state, mistaken.line_ids), ("cancelled", request.line_ids[:0])
            )
            timers = self.desk.discard_session(request.id)
            self.assertEqual((timers["mine"], timers["unfinished"]), ([], []))
            self.assertEqual((request.state, request.line_ids.ids), ("draft", []))
            kept = self.start()
            clock.tick(timedelta(seconds=61))
            with self.assertRaisesRegex(UserError, "first minute"), self.env.cr.savepoint():
                self.desk.discard_session(kept.id)
            self.assertEqual(kept.state, "running")

    def test_discarding_takes_back_my_mistake_only(self):
        with freeze_time(NOW) as clock:
            session = self.start()
            clock.tick(timedelta(seconds=100))
            self.desk.stop_session(session.id)
            clock.tick(timedelta(seconds=100))
            self.desk.start_again(session.id)
            (unfinished,) = self.desk.discard_session(session.id)["unfinished"]
            self.assertEqual((unfinished["id"], unfinished["seconds"]), (session.id, 100))
            with self.assertRaisesRegex(UserError, "first minute"), self.env.cr.savepoint():
                self.desk.discard_session(session.id)

    def test_a_session_to_finish_is_cancelled(self):
        session = self.stop()
        answer = self.desk.cancel_session(session.id)
        self.assertIn(f"{session.name} is cancelled", answer["message"])
        self.assertEqual((answer["unfinished"], session.state), ([], "cancelled"))
        self.assertEqual(session.connected_seconds, 10)
        self.assertEqual(session.billing_state, "nothing")

    def test_the_eleventh_to_finish_is_said(self):
        for number in range(11):
            self.create_session(
                [(NOW - timedelta(hours=number), 60)], customer=self.clinic, done=False
            )
        timers = self.desk.get_timers()
        self.assertEqual((len(timers["unfinished"]), timers["unfinished_count"]), (10, 11))
        session = self.env["service.session"].with_user(self.user_technician)
        self.assertEqual(session.search_count(timers["unfinished_domain"]), 11)

    def test_research_alone_is_to_finish(self):
        session = self.create_session([], done=False, research_seconds=600, requested_at=NOW)
        with freeze_time(NOW):
            (unfinished,) = self.desk.get_timers()["unfinished"]
            self.assertEqual((unfinished["id"], unfinished["seconds"]), (session.id, 600))
            session.action_done()
            self.assertEqual(self.desk.get_timers()["unfinished"], [])

    def test_several_sessions_in_parallel(self):
        other = self.create_customer("Other Customer")
        with freeze_time(NOW) as clock:
            first = self.start()
            clock.tick(timedelta(seconds=5))
            second = self.start(partner_id=other.id, channel="phone")
            timers = self.desk.get_timers()["mine"]
            self.assertEqual([timer["id"] for timer in timers], [first.id, second.id])
            self.assertEqual(
                [timer["id"] for timer in self.desk.stop_session(first.id)["mine"]], second.ids
            )

    def test_timers_of_colleagues(self):
        colleague = new_test_user(
            self.env,
            login="desk_colleague",
            groups="service_contract.service_contract_group_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.env["hr.employee"].create(
            {"name": "Colleague", "user_id": colleague.id, "company_id": self.company.id}
        )
        with freeze_time(NOW):
            session = self.start()
            timers = self.desk.with_user(colleague).get_timers()
        self.assertEqual(timers["mine"], [])
        (timer,) = timers["colleagues"]
        self.assertEqual((timer["id"], timer["technician"]), (session.id, "Technician"))
        self.assertNotIn("price", timer)

    def test_contract_is_chosen_among_several(self):
        contracts = self.create_contract(self.clinic) + self.create_contract(self.clinic)
        with self.assertRaisesRegex(UserError, "several contracts"), self.env.cr.savepoint():
            self.start()
        self.assertEqual(self.start(contract_id=contracts[1].id).contract_id, contracts[1])
        self.assertFalse(self.start(is_off_contract=True, workstation="PC 2").contract_id)

    def test_contract_of_another_customer_is_refused(self):
        foreign = self.create_contract(self.customer)
        with self.assertRaisesRegex(UserError, "not in force"), self.env.cr.savepoint():
            self.start(contract_id=foreign.id)

    def test_problems_in_words(self):
        self.assertEqual(self.desk.get_desk()["problems"], [])
        self.employee.user_id = False
        self.company.service_project_id = False
        problems = self.desk.get_desk()["problems"]
        self.assertEqual(len(problems), 2)
        self.assertIn("no service project", problems[0])
        self.assertIn("no employee", problems[1])
        with self.assertRaisesRegex(UserError, "no employee"), self.env.cr.savepoint():
            self.start()

    def test_price_that_cannot_be_found_is_said(self):
        self.company.service_default_level_id = False
        with freeze_time(NOW):
            self.start()
            (timer,) = self.desk.get_timers()["mine"]
        self.assertTrue(timer["price"]["is_problem"])
        self.assertIn("no level for customers without a contract", timer["price"]["total"])

    def test_forgotten_timer_is_refused_in_words(self):
        with freeze_time(NOW):
            session = self.start()
        with freeze_time(NOW + timedelta(days=2)):
            with self.assertRaisesRegex(UserError, "really ended"), self.env.cr.savepoint():
                self.desk.stop_session(session.id)
            self.assertEqual(len(self.desk.get_timers()["mine"]), 1)

    def test_queries_of_timers(self):
        """One call for all: more timers, at more customers, cost no query more."""
        customers = [self.create_customer(f"Customer {number}") for number in range(5)]
        self.create_contract(customers[0])
        with freeze_time(NOW):
            self.start(partner_id=customers[0].id)
            self.desk.get_timers()
            one = self.count_queries(self.desk.get_timers)
            for number in range(1, 5):
                self.start(partner_id=customers[0].id, workstation=f"PC {number}")
            same = self.count_queries(self.desk.get_timers)
            for customer in customers[1:]:
                self.create_contract(customer)
                self.start(partner_id=customer.id)
            many = self.count_queries(self.desk.get_timers)
        self.assertLessEqual(max(same, many), one)
        self.assertLess(one, 50)


@tagged("post_install", "-at_install")
class TestDeskAccess(DeskCommon):
    """Technicians only, of their own company, and nothing through the back door."""

    def test_others_get_nothing(self):
        session = self.open_session(partner_id=self.clinic.id)
        calls = (
            ("get_desk",),
            ("search_customers", "clinique"),
            ("get_card", self.clinic.id),
            ("get_timers",),
            ("start_session", {"partner_id": self.clinic.id}),
            ("start_again", session.id),
            ("stop_session", session.id),
            ("discard_session", session.id),
            ("cancel_session", session.id),
            ("save_session", session.id, {"report": "Mine"}),
            ("close_session", session.id),
        )
        for user in (self.user_portal, self.user_sales, self.user_accountant):
            for name, *values in calls:
                with self.subTest(user=user.id, call=name), self.assertRaises(AccessError):
                    getattr(self.desk.with_user(user), name)(*values)

    def test_what_the_web_client_can_call(self):
        desk = type(self.env["service.desk"])
        public = {
            name
            for name in dir(desk)
            if not name.startswith("_")
            and getattr(getattr(desk, name), "__module__", "").startswith(
                "odoo.addons.service_contract"
            )
        }
        self.assertEqual(
            public,
            {
                "get_desk",
                "search_customers",
                "get_card",
                "get_timers",
                "ask_consent",
                "note_phone_consent",
                "renew_consent",
                "start_consented",
                "start_session",
                "start_again",
                "stop_session",
                "discard_session",
                "cancel_session",
                "save_session",
                "close_session",
            },
        )

    def test_another_company(self):
        sister = self.setup_other_company(name="Sister")["company"]
        foreign = self.create_contract(self.clinic, company_id=sister.id)
        self.create_device("SECRET-PC", company_id=sister.id)
        self.create_invoice_of_sister(sister)
        card = self.desk.get_card(self.clinic.id)
        self.assertEqual((card["contracts"], card["unpaid"]), ([], False))
        self.assertEqual([device["name"] for device in card["equipment"]], ["PC-ACCUEIL"])
        self.assertEqual(self.desk.search_customers("secret-pc")["hits"], [])
        self.assertEqual(self.desk.search_customers("clinique")["hits"][0]["level"], "")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.start(contract_id=foreign.id)
        self.store(self.clinic, company_id=sister)
        with self.assertRaises(AccessError):
            self.desk.get_card(self.clinic.id)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.start()
        self.assertEqual(self.desk.search_customers("clinique")["hits"], [])

    def create_invoice_of_sister(self, sister):
        move = (
            self.env["account.move"]
            .with_company(sister)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.clinic.id,
                    "company_id": sister.id,
                    "invoice_date": "2020-01-01",
                    "invoice_line_ids": [Command.create({"name": "Work", "price_unit": 100})],
                }
            )
        )
        move.action_post()


@tagged("post_install", "-at_install")
class TestCallerWarning(DeskCommon):
    """S38: who calls is not the référent of the contract."""

    def test_caller_and_referent(self):
        self.create_contract(self.clinic, referent_id=self.marie.id)
        session = self.open_session(partner_id=self.clinic.id)
        for caller, expected in ((self.marie, False), (self.env["res.partner"], False)):
            session.contact_id = caller
            self.assertEqual(session.caller_warning, expected)
        session.contact_id = self.paul
        for word in ("Paul Payet is not the référent", "Marie Hoarau", self.marie.phone):
            self.assertIn(word, session.caller_warning)
        session.contract_id.sudo().referent_id = False
        self.assertFalse(session.caller_warning)

    def test_warning_hinders_nothing(self):
        self.create_contract(self.clinic, referent_id=self.marie.id)
        with freeze_time(NOW) as clock:
            session = self.start(contact_id=self.paul.id)
            self.assertIn("Paul Payet", self.desk.get_timers()["mine"][0]["warnings"][0])
            clock.tick(timedelta(seconds=30))
            self.desk.close_session(session.id)
        self.assertEqual(session.state, "done")
        self.assertFalse(session.caller_warning)

    def test_warning_on_the_form(self):
        self.create_contract(self.clinic, referent_id=self.marie.id)
        form = Form(self.env["service.session"].with_user(self.user_technician))
        form.partner_id = self.clinic
        self.assertFalse(form.caller_warning)
        form.contact_id = self.paul
        self.assertIn("Marie Hoarau", form.caller_warning)

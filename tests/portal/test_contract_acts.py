"""What customers do with a contract in their pages: refuse, name, announce; and attacks on it."""

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import NOW, PagesCommon

SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>"


class ActsCommon(PagesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract.user_id = cls.user_sales
        cls.term = cls.contract.commitment_ids

    def get_new_messages(self, contract, before):
        return contract.message_ids - before


@tagged("post_install", "-at_install")
class TestRefusal(ActsCommon):
    """The renewal is refused by the customer alone; the day of sending counts (L01)."""

    def refuse(self, contract=None, term=None, **options):
        contract = contract or self.contract
        term = self.term.id if term is None else term
        return self.post(f"/my/contracts/{contract.id}/refuse/confirm", term=term, **options)

    def test_two_steps(self):
        self.assertIn(f"{self.path}/refuse", self.get().text)
        words = self.get_words(f"{self.path}/refuse")
        for part in (
            self.contract.name,
            "The renewal for 12 months after 12/31/2026",
            "The contract ends on 12/31/2026",
            "I Refuse the Renewal",
        ):
            self.assertIn(part, words)
        self.assertFalse(self.contract.termination_ids, "reading the summary refuses nothing")

    def test_refuse(self):
        before = self.contract.message_ids
        page = self.refuse()
        self.assertIn("Your refusal has arrived", page.text)
        termination = self.contract.termination_ids
        self.assertEqual((termination.state, termination.kind), ("confirmed", "refusal"))
        self.assertEqual(str(termination.effective_date), "2026-12-31")
        self.assertEqual(str(termination.received_date), "2026-06-15")
        self.assertEqual(termination.claimed_amount, 0)
        self.assertEqual(str(self.contract.date_end), "2026-12-31")
        self.assertEqual(termination.refused_term_id.number, 1)
        self.assertTrue(termination.refused_term_id.is_refused)
        self.assertEqual(termination.sent_by_id, self.user_customer.partner_id)
        self.assertEqual(str(termination.sent_at), NOW)
        self.assertEqual(termination.sent_ip, "127.0.0.1")
        self.assertEqual(termination.approver_id, self.user_customer)
        receipt = (self.contract.message_ids - before).filtered("subject")
        self.assertIn("Receipt", receipt.subject)
        self.assertEqual(receipt.notified_partner_ids, self.user_customer.partner_id)
        self.assertEqual(receipt.author_id, self.company.partner_id)
        for part in (self.contract.name, "12/31/2026", self.user_customer.name, self.contract.tz):
            self.assertIn(part, receipt.body)
        activity = self.contract.activity_ids
        self.assertEqual(activity.user_id, self.user_sales)
        self.assertIn("refused the renewal", activity.summary)

    def test_the_page_says_it_afterwards(self):
        self.refuse()
        words = self.get_words()
        self.assertIn("This contract ends on 12/31/2026", words)
        self.assertIn("refused the renewal", words)
        self.assertNotIn("You may refuse", words)
        self.assertNotIn(f"{self.path}/refuse", self.get().text)
        self.assertIn("ending already", self.get_words(f"{self.path}/refuse"))

    def test_twice_is_once(self):
        self.refuse()
        page = self.refuse()
        self.assertIn("ending already", page.text)
        self.assertEqual(len(self.contract.termination_ids), 1)

    def test_on_the_last_day_where_the_customer_is(self):
        self.contract.tz = "Indian/Reunion"
        self.assertIn("last day to refuse", self.refuse(at="2026-11-30 21:00:00").text)
        self.assertFalse(self.contract.termination_ids)
        self.refuse(at="2026-11-30 19:00:00")
        self.assertEqual(str(self.contract.termination_ids.effective_date), "2026-12-31")

    def test_too_late_is_refused_in_words(self):
        """With the first day on which the contract can end at no cost, by the simulator."""
        for page in (
            self.get(f"{self.path}/refuse", at="2026-12-15 12:00:00"),
            self.refuse(at="2026-12-15 12:00:00"),
        ):
            words = self.words(page)
            self.assertIn("The last day to refuse the renewal was 11/30/2026.", words)
            self.assertIn("can end on 12/31/2027 at the earliest", words)
        self.assertFalse(self.contract.termination_ids)
        self.assertFalse(self.contract.date_end)

    def test_once_renewed_it_is_the_next_renewal(self):
        with freeze_time("2026-12-15"):
            self.contract._renew()
        page = self.refuse(at="2026-12-15 12:00:00")
        self.assertIn("has changed since", page.text, "what was shown was the term before")
        words = self.get_words(f"{self.path}/refuse", at="2026-12-15 12:00:00")
        self.assertIn("The contract ends on 12/31/2027", words)
        self.assertIn("The term before was renewed already", words)
        self.refuse(term=self.contract.commitment_ids[-1].id, at="2026-12-15 12:00:00")
        self.assertEqual(str(self.contract.termination_ids.effective_date), "2027-12-31")

    def test_where_one_may_leave_at_once_it_is_said(self):
        """A renewal of which a consumer was not informed may be left at any time (L01)."""
        self.contract.regime = "consumer"
        with freeze_time("2026-12-15"):
            self.contract._renew()
        words = self.get_words(f"{self.path}/refuse", at="2027-02-01 12:00:00")
        self.assertIn("You may also leave earlier at no cost, on 02/01/2027", words)

    def test_without_a_commitment_there_is_none(self):
        family = self.env["service.family"].create({"name": "Free"})
        level = self.create_level("Free", "unlimited", family=family)
        product = self.create_product("Free", 10.0, recurring=family, level=level)
        contract = self.create_contract(self.customer_managed, product)
        self.assertNotIn("/refuse", self.get(f"/my/contracts/{contract.id}").text)
        page = self.refuse(contract, term=0)
        self.assertIn("has no commitment that would be renewed", page.text)
        self.assertFalse(contract.termination_ids)

    def test_nobody_elses(self):
        for login in ("service_stranger", self.user_technician.login):
            self.refuse(login=login)
        self.refuse(self.foreign, term=self.foreign.commitment_ids.id)
        self.assertFalse((self.contract + self.foreign).termination_ids)

    def test_forged_forms_are_refused(self):
        page = self.refuse(csrf_token="forged")
        self.assertEqual(page.status_code, 400)
        self.assertFalse(self.contract.termination_ids)
        self.assertEqual(self.get(f"{self.path}/refuse/confirm").status_code, 405)

    def test_what_a_term_is_not(self):
        for term in ("", "x", "-1", str(2**40)):
            with self.subTest(term):
                self.assertIn("has changed since", self.refuse(term=term).text)
        self.assertFalse(self.contract.termination_ids)

    def test_the_second_door_is_closed(self):
        """By RPC a portal user neither refuses nor writes the evidence."""
        contract = self.contract.with_user(self.user_customer)
        with self.assertRaises(AccessError):
            contract.with_context(service_refusing=True).action_simulate_exit()
        with self.assertRaises(AccessError):
            contract.with_context(service_refusing=True).sudo()._check_manager()
        with self.assertRaises(AccessError):
            self.env["service.termination"].with_user(self.user_customer).create(
                {"contract_id": self.contract.id, "effective_date": "2026-07-01"}
            )

    def test_a_manager_takes_it_back(self):
        self.refuse()
        with freeze_time(NOW):
            self.contract.termination_ids.with_user(self.user_manager).action_withdraw()
        self.assertFalse(self.contract.date_end)
        self.assertIn("You may refuse", self.get_words())

    def test_the_evidence_is_the_managers(self):
        self.refuse()
        termination = self.contract.termination_ids
        self.assertTrue(termination.with_user(self.user_manager).sent_ip)
        with self.assertRaises(AccessError):
            termination.with_user(self.user_sales).read(["sent_ip"])


@tagged("post_install", "-at_install")
class TestReferent(ActsCommon):
    """The customer names the référent (S38)."""

    def name(self, login="service_customer", contract=None, **vals):
        contract = contract or self.contract
        values = {"name": "Rita New", "email": "rita@managed.example", "phone": "0102", **vals}
        return self.post(f"/my/contracts/{contract.id}/referent/confirm", login=login, **values)

    def test_name_a_new_person(self):
        page = self.name()
        self.assertIn("The référent is named", page.text)
        person = self.contract.referent_id
        self.assertEqual(
            (person.name, person.email, person.phone), ("Rita New", "rita@managed.example", "0102")
        )
        self.assertEqual(person.commercial_partner_id, self.customer_managed)
        activity = self.contract.activity_ids
        self.assertEqual(activity.user_id, self.user_sales)
        self.assertIn("Rita New", activity.note)

    def test_the_one_before_is_told(self):
        self.name()
        old = self.contract.referent_id
        before = self.contract.message_ids
        self.name(name="Bob", email="bob@managed.example")
        self.assertEqual(self.contract.referent_id.name, "Bob")
        told = (self.contract.message_ids - before).filtered("subject")
        self.assertIn(old, told.notified_partner_ids)
        self.assertIn("Bob", told.body)

    def test_a_known_person_is_not_made_twice(self):
        known = self.create_customer(
            "Known",
            parent_id=self.customer_managed.id,
            is_company=False,
            email="Rita@Managed.example",
        )
        self.name(name="Another Name")
        self.assertEqual(self.contract.referent_id, known)
        self.assertEqual(known.name, "Known")
        self.assertIn("is the référent already", self.name().text)

    def test_anothers_person_is_never_taken(self):
        foreign = self.create_customer(
            "Foreign", parent_id=self.customer.id, is_company=False, email="rita@managed.example"
        )
        self.name()
        self.assertNotEqual(self.contract.referent_id, foreign)
        self.assertEqual(self.contract.referent_id.name, "Rita New")

    def test_what_is_no_address_is_refused_in_words(self):
        self.user_manager.partner_id.email = "boss@ours.example"
        for email, words in (
            ("", "valid e-mail"),
            ("rita", "valid e-mail"),
            ("a@x.example,b@x.example", "valid e-mail"),
            ("Boss@ours.example", "an address of ours"),
        ):
            with self.subTest(email):
                page = self.name(email=email)
                self.assertIn(words, page.text)
                self.assertIn('value="Rita New"', page.text, "what was typed in stays")
        self.assertIn("name of the person", self.name(name=" ").text)
        self.assertFalse(self.contract.referent_id)

    def test_hostile_names_stay_names(self):
        page = self.name(name=SCRIPT)
        self.assertNotIn("<script>alert(", page.text)
        self.assertNotIn("<img src=x", page.text)
        self.assertNotIn("<script>", self.contract.activity_ids.note)
        self.assertNotIn("<img", self.contract.activity_ids.note)

    def test_not_without_end(self):
        for number in range(5):
            self.name(email=f"p{number}@managed.example")
        last = self.contract.referent_id
        self.assertIn("many people within a day", self.name(email="p9@managed.example").text)
        self.assertEqual(self.contract.referent_id, last)

    def test_nobody_elses(self):
        self.name(login="service_stranger")
        self.name(contract=self.foreign)
        self.assertFalse((self.contract + self.foreign).referent_id)
        self.assertEqual(self.name(csrf_token="forged").status_code, 400)


@tagged("post_install", "-at_install")
class TestRequestsOfContracts(ActsCommon):
    """Work is asked for, and that of others announced, from a contract's page (S22)."""

    def announce(self, contract=None, **vals):
        contract = contract or self.contract
        values = {"work": "New fibre", "who": "Cable & Co", "when": "Monday", **vals}
        return self.post(f"/my/contracts/{contract.id}/third-party/confirm", **values)

    def get_requests(self):
        return self.env["service.session"].search([("request_source", "=", "portal")])

    def test_the_three_rules_are_shown(self):
        words = self.get_words(f"{self.path}/third-party")
        for part in ("without planning it", "without our validation", "at once", "time spent"):
            self.assertIn(part, words)

    def test_announce(self):
        before = self.get_requests()
        page = self.announce(details="By the <b>roof</b>")
        self.assertIn("Your request has arrived", page.text)
        request = self.get_requests() - before
        self.assertEqual(
            request.request,
            "Work by a third party: New fibre\n\nBy whom: Cable & Co\nWhen: Monday\n"
            "By the <b>roof</b>",
        )
        self.assertEqual(request.contract_id, self.contract)
        self.assertEqual(request.contact_id, self.user_customer.partner_id)

    def test_what_is_missing_is_said(self):
        before = self.get_requests()
        self.assertIn("by whom and when", self.announce(who=" ").text)
        self.assertFalse(self.get_requests() - before)

    def test_levels_without_the_rules_do_not_ask(self):
        self.level_managed.kind = "unlimited"
        self.assertNotIn("third-party", self.get().text)
        before = self.get_requests()
        self.assertIn("Ask for an intervention, and say it there", self.announce().text)
        self.assertFalse(self.get_requests() - before)

    def test_requests_are_limited_by_this_door_too(self):
        self.company.service_request_limit = 1
        self.announce()
        before = self.get_requests()
        self.announce()
        self.assertFalse(self.get_requests() - before)

    def test_nobody_elses(self):
        before = self.get_requests()
        self.announce(self.foreign)
        self.assertFalse(self.get_requests() - before)

    def test_a_request_names_its_contract(self):
        other = self.create_contract(self.customer_managed, self.product_managed)
        page = self.get(f"/my/requests/new?contract={other.id}")
        self.assertIn(other.name, page.text)
        before = self.get_requests()
        self.post(
            "/my/requests/new", subject="No mail", description="At all", contract=str(other.id)
        )
        self.assertEqual((self.get_requests() - before).contract_id, other)

    def test_a_request_names_no_other_contract(self):
        for number in (str(self.foreign.id), "x", "99999999999999999999", "-1"):
            with self.subTest(number):
                page = self.get(f"/my/requests/new?contract={number}")
                self.assertNotIn(self.foreign.name, page.text)
                before = self.get_requests()
                self.post(
                    "/my/requests/new", subject="No mail", description="At all", contract=number
                )
                request = self.get_requests() - before
                self.assertEqual(request.contract_id, self.contract)

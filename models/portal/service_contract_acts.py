from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize
from odoo.tools.misc import format_date

from ..common.service_notice_mixin import ACTIVITY

MAX_NAME_LENGTH = 100
MAX_PHONE_LENGTH = 32
# How many new people one user may name within a day.
NEW_PEOPLE = 5
DAY = timedelta(days=1)
# What the context carries while a customer refuses a renewal: no client can send an object.
REFUSING = object()


class ServiceContract(models.Model):
    """What customers do with their contracts themselves: refuse a renewal, name a référent.

    The contract is the logged-in customer's (``_find_in_portal``), with more rights than theirs.
    """

    _inherit = "service.contract"

    # ----- Refusing a renewal (L01) -----

    def _check_manager(self):
        """A customer refuses a renewal by right: no manager confirms it."""
        if self.env.context.get("service_refusing") is REFUSING:
            return None
        return super()._check_manager()

    def _get_refusal_issue(self):
        """Return in words why no renewal can be refused today, empty when one can (L01).

        With the way out: the first day on which the contract can end at no cost.
        """
        self.ensure_one()
        term = self._get_last_term()
        if self._get_refusable_term():
            return ""
        if self.state != "active" or self.termination_id or (term and not self._is_renewing(term)):
            return self.env._(
                "%(contract)s is ending already: there is no renewal to refuse.",
                contract=self.name,
            )
        earliest = format_date(self.env, self._get_exit(self._get_local_today()).last_day)
        if not term:
            return self.env._(
                "%(contract)s has no commitment that would be renewed. It can end on %(day)s at "
                "the earliest: write to us.",
                contract=self.name,
                day=earliest,
            )
        return self.env._(
            "The last day to refuse the renewal was %(deadline)s. At no cost, %(contract)s can "
            "end on %(day)s at the earliest: write to us, and we end it then.",
            contract=self.name,
            deadline=format_date(self.env, term.refusal_deadline),
            day=earliest,
        )

    def _describe_earlier_exit(self):
        """Say when one may leave at no cost before the term's end; empty where one may not."""
        self.ensure_one()
        last_day = self._get_exit(self._get_local_today()).last_day
        if last_day >= self._get_refusable_term().date_end:
            return ""
        return self.env._(
            "You may also leave earlier at no cost, on %(day)s at the earliest: write to us.",
            day=format_date(self.env, last_day),
        )

    def _describe_refused(self):
        """Say what is refused: the renewal, how long it would be, and after which day."""
        self.ensure_one()
        return self.env._(
            "The renewal for %(duration)s after %(end)s",
            duration=self.renewal_duration,
            end=format_date(self.env, self._get_refusable_term().date_end),
        )

    def _refuse_renewal_by_customer(self, term_id, address):
        """Refuse the renewal of a commitment, as the logged-in customer, and send a receipt.

        The day of sending counts. ``term_id`` is the commitment that the customer was shown.
        """
        self.ensure_one()
        self.lock_for_update(allow_referencing=True)
        if issue := self._get_refusal_issue():
            raise UserError(issue)
        if self._get_refusable_term().id != term_id:
            raise UserError(
                self.env._("The contract has changed since you opened this page: read it anew.")
            )
        contract = self.with_context(service_refusing=REFUSING)
        termination = contract.env["service.termination"].create(
            contract._prepare_refusal_vals(address)
        )
        termination._set_confirmed()
        self._tell_refusal(termination.with_env(self.env))
        return termination

    def _prepare_refusal_vals(self, address):
        """Return the end that the rules give to a refusal sent now, with its evidence; a hook."""
        self.ensure_one()
        simulation = self.env["service.exit.simulation"].create(
            {
                "contract_id": self.id,
                "received_date": self._get_local_today(),
                "wished_date": self._get_refusable_term().date_end,
            }
        )
        if simulation.issue or simulation.residual_until:
            raise UserError(
                simulation.issue or self.env._("This end is not free of charge: write to us.")
            )
        return {
            **simulation._prepare_termination_vals(),
            "sent_by_id": self.env.user.partner_id.id,
            "sent_at": fields.Datetime.now(),
            "sent_ip": address,
        }

    def _tell_refusal(self, termination):
        """Send the receipt to who refused, and tell the staff."""
        self._mail_customer(
            termination.sent_by_id,
            self.env._("Receipt: the renewal of %(contract)s is refused", contract=self.name),
            termination._describe_receipt(),
        )
        self._tell_staff(
            lambda env: env._("The customer refused the renewal"),
            lambda env: termination.with_env(env)._describe_sending(),
        )

    # ----- The référent (S38) -----

    def _name_referent(self, name, email, phone):
        """Make one of the customer's people the référent; tell the staff and the one before."""
        self.ensure_one()
        if self.state != "active":
            raise UserError(self.env._("%(contract)s has ended.", contract=self.name))
        person = self._find_or_create_person(
            " ".join((name or "").split())[:MAX_NAME_LENGTH],
            self._check_customers_address(email),
            (phone or "").strip()[:MAX_PHONE_LENGTH],
        )
        before = self.referent_id
        if person == before:
            raise UserError(self.env._("%(name)s is the référent already.", name=person.name))
        self.referent_id = person
        values = {"new": person.name, "contract": self.name, "by": self.env.user.name}
        if before:
            own = self.with_context(lang=before.lang or self.env.lang)
            own._mail_customer(
                before,
                own.env._("You are no longer the référent of %(contract)s", contract=self.name),
                [
                    own.env._(
                        "%(by)s has named %(new)s the référent of %(contract)s in your place.",
                        **values,
                    )
                ],
            )
        self._tell_staff(
            lambda env: env._("The customer named another référent"),
            lambda env: env._("%(by)s has named %(new)s.", **values),
        )
        return person

    def _check_customers_address(self, email):
        """Return an address typed in as Odoo compares it; refuse none, several, and ours."""
        address = email_normalize(email or "")
        if not address:
            raise UserError(self.env._("Type in a valid e-mail address."))
        if self.env["res.users"]._find_staff_addresses({address}):
            raise UserError(self.env._("This is an address of ours: name one of your own people."))
        return address

    def _find_or_create_person(self, name, address, phone):
        """Return the contact of the customer's entity with an address, made where there is none.

        What is known of a contact stays as it is.
        """
        entity = self.commercial_partner_id
        people = self.env["res.partner"]
        known = people.search(
            [
                ("id", "child_of", entity.id),
                ("email_normalized", "=", address),
                ("is_company", "=", False),
            ],
            limit=1,
        )
        if known:
            return known
        if not name:
            raise UserError(self.env._("Type in the name of the person."))
        since = fields.Datetime.now() - DAY
        made = [("create_uid", "=", self.env.uid), ("create_date", ">", since)]
        if people.search_count(made) >= NEW_PEOPLE:
            raise UserError(
                self.env._("You have named many people within a day: call us to name more.")
            )
        return people.create(
            {
                "name": name,
                "email": address,
                "phone": phone,
                "type": "contact",
                "parent_id": entity.id,
                "company_id": entity.company_id.id,
                "lang": self.env.user.lang,
            }
        )

    def _describe_referent(self):
        """Say who is the référent until now; empty where nobody is."""
        self.ensure_one()
        name = self.referent_id.name
        return name and self.env._("Until now it is %(name)s, who is told by e-mail.", name=name)

    # ----- Work by a third party (S22) -----

    def _has_third_party_rules(self):
        """Tell whether the three rules about third parties are part of the level (S22); a hook."""
        self.ensure_one()
        return self.state == "active" and self.level_id.kind == "managed"

    def _announce_third_party(self, work, who, when, details):
        """Make a request of work that somebody else is to do at the customer's (S22)."""
        self.ensure_one()
        sessions = self.env["service.session"]
        if not self._has_third_party_rules():
            raise UserError(self.env._("Ask for an intervention, and say it there."))
        if words := sessions._get_request_limit_words():
            raise UserError(words)
        answers = [" ".join((text or "").split())[:MAX_NAME_LENGTH] for text in (work, who, when)]
        if not all(answers):
            raise UserError(self.env._("Say what is to be done, by whom and when."))
        lines = (
            self.env._("By whom: %(who)s", who=answers[1]),
            self.env._("When: %(when)s", when=answers[2]),
            (details or "").strip(),
        )
        return sessions._create_portal_request(
            self.env._("Work by a third party: %(work)s", work=answers[0]),
            "\n".join(lines),
            contract=self,
        )

    # ----- Whom to tell -----

    def _mail_customer(self, people, subject, sentences):
        """Write to the customer's people in the company's name, also to who is logged in."""
        self.with_context(mail_notify_author=True).message_post(
            subject=subject,
            body=Markup().join(Markup("<p>%s</p>") % sentence for sentence in sentences),
            partner_ids=people.ids,
            author_id=self.company_id.partner_id.id,
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="mail.mail_notification_light",
        )

    def _tell_staff(self, summarize, describe):
        """Give who sold the contract, else a manager, an activity in their own language."""
        user = self.user_id or self.company_id._choose_service_manager(self.user_id)
        own = self.with_context(lang=user.lang or self.company_id.partner_id.lang)
        if user:
            own.activity_schedule(
                ACTIVITY,
                user_id=user.id,
                summary=summarize(own.env),
                note=Markup("<p>%s</p>") % describe(own.env),
            )
        else:
            own._message_log(body=describe(own.env))

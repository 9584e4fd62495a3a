from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import consteq, format_datetime, hmac, plaintext2html

from ...tools import browsers, consent_codes
from ..common.field_values import get_label
from ..common.words import say_of

SCOPE_PAGE = "service_contract.consent.page"
MAX_RESERVATIONS = 2000


def _bullet(words):
    return f"- {words}"


class ServiceConsent(models.Model):
    """The page that a code opens: what it says, what it takes, who is told (S24, S25, S33)."""

    _inherit = "service.consent"

    # ----- Page -----

    def _sign_page(self):
        """Return the token by which the page goes on after the code."""
        self.ensure_one()
        return hmac(self.env(su=True), SCOPE_PAGE, (self.id, str(self.asked_at)))

    @api.model
    def _open_by_token(self, consent_id, token):
        """Return the consent of a page that a code opened, whatever became of it since."""
        consent = self.sudo().browse(consent_id).exists()
        expected = consent._sign_page() if consent else ""
        is_known = consteq(expected.encode(), (token or "").encode(errors="replace"))
        return consent if consent and consent.way == "code" and is_known else self.browse()

    def _is_fresh(self):
        """Tell whether a consent was given of late: its page shows the receipt for a day."""
        self.ensure_one()
        return fields.Datetime.now() - self.accepted_at <= timedelta(days=1)

    def _get_page(self):
        """Return what the page shows, in the language of the environment."""
        self.ensure_one()
        session = self.session_id
        terms = session._get_consent_terms()
        return {
            "consent": self,
            "session": session,
            "tools": self._get_tools(),
            "company": self.company_id,
            "customer": session.partner_id.display_name,
            "technician": self.user_id.name,
            "token": self._sign_page(),
            "work": self._get_work(),
            "contact": self._get_data_contact(),
            "years": self.company_id.service_consent_years,
            **terms,
            "digest": consent_codes.digest(self._get_statement_lines(terms)),
        }

    def _get_tools(self):
        """Return the remote tools of who takes over, in the customer's language."""
        tools = self.env["service.remote.tool"]._get_for(self.user_id, self.company_id)
        return tools.with_env(self.env).sudo()

    def _get_work(self):
        return (self.session_id.request or "").strip()

    def _get_data_contact(self):
        """Return to whom customers write about their data (S33)."""
        company = self.company_id
        return company.service_data_contact or company.email or company.phone or company.name

    def _get_statement_lines(self, terms):
        """Return all that the customer accepts, as lines of text."""
        self.ensure_one()
        session = self.session_id
        env = self.env
        lines = [
            env._("Order for a remote session"),
            env._("Provider: %(company)s", company=self.company_id.name),
            env._("Customer: %(customer)s", customer=session.partner_id.display_name),
            env._("Technician: %(technician)s", technician=self.user_id.name),
            env._("Session: %(session)s", session=session.name),
            env._("Requested work: %(work)s", work=self._get_work() or env._("as agreed")),
            *terms["price"],
        ]
        if conditions := terms["conditions"]:
            lines.append(
                env._(
                    "Conditions accepted: %(conditions)s, SHA-256 %(digest)s",
                    conditions=conditions.display_name,
                    digest=conditions._get_text_digest(),
                )
            )
        if terms["risks"]:
            lines += [env._("Risks accepted:"), *map(_bullet, terms["risks"])]
        lines += [env._("Declared:"), *map(_bullet, terms["declarations"])]
        return lines

    def _get_missing(self, terms, values):
        """Return ``{name of a field: what to do}`` of what the customer has not declared yet."""
        missing = {}
        for number, words in enumerate(terms["declarations"]):
            if not values.get(f"declaration_{number}"):
                missing[f"declaration_{number}"] = self.env._(
                    "Tick this to go on: “%(words)s”", words=words
                )
        if len((values.get("reservations") or "").strip()) > MAX_RESERVATIONS:
            missing["reservations"] = self.env._(
                "Shorten your reservations to %(count)s characters.", count=MAX_RESERVATIONS
            )
        return missing

    def _give(self, values, address, user_agent="", hints=None):
        """Record the customer's order as the page took it; UserError where it is none (S24, L20).

        ``values``: ticks by declaration, reservations, and the digest of what was shown.
        """
        self.ensure_one()
        if not self._is_open():
            raise UserError(self.env._("This code was used or is over. Ask for a new one."))
        terms = self.session_id._get_consent_terms()
        lines = self._get_statement_lines(terms)
        if not consteq(consent_codes.digest(lines), str(values.get("digest") or "")):
            raise UserError(
                self.env._("What applies has changed meanwhile: read it again, then confirm.")
            )
        if missing := self._get_missing(terms, values):
            raise UserError("\n".join(missing.values()))
        reservations = (values.get("reservations") or "").strip()
        if reservations:
            lines.append(self.env._("Reservations: %(words)s", words=reservations))
        self._set_given(
            **self._prepare_terms_vals(terms),
            **self._prepare_trace_vals(address, user_agent, hints),
            accepted_text="\n".join(lines),
            accepted_digest=consent_codes.digest(lines),
            reservations=reservations,
            code_hmac=False,
            lang=self.env.lang,
        )
        self._tell_technician()
        self._send_receipt()

    def _prepare_terms_vals(self, terms):
        conditions = terms["conditions"]
        return {
            "requested_work": self._get_work(),
            "price_kind": terms["price_kind"],
            "conditions_id": conditions.id,
            "conditions_digest": conditions and conditions._get_text_digest(),
            "is_start_requested": terms["is_waiver_asked"],
            "is_loss_acknowledged": terms["is_waiver_asked"],
            "button": terms["button"],
        }

    def _prepare_trace_vals(self, address, user_agent, hints):
        """Return where the order came from (S24): the raw words are kept beside what they mean."""
        browser = browsers.read_browser(user_agent, hints)
        return {
            "ip_address": address,
            "user_agent": (user_agent or "")[: browsers.LONGEST],
            "browser": browser.name,
            "operating_system": browser.system,
        }

    # ----- Who is told -----

    def _tell_technician(self):
        """Tell the technician at once, wherever he is in the program."""
        user = self.user_id
        env = self.with_context(lang=user.lang).env
        message = env._(
            "%(customer)s authorises %(session)s: take over, then press Start.",
            customer=self.partner_id.display_name,
            session=self.session_id.name,
        )
        if self.reservations:
            message += "\n" + env._("Reservations: %(words)s", words=self.reservations)
        user._bus_send(
            "simple_notification",
            {
                "title": env._("Consent given"),
                "message": message,
                "type": "success",
                "sticky": True,
            },
        )
        user._bus_send("service_contract.consent", {"session_id": self.session_id.id})

    def _send_receipt(self):
        """Send the customer a receipt of the order, which the session keeps (Code civil 1127-2)."""
        session = self.session_id
        recipient = self._get_recipient()
        body = plaintext2html(self._get_receipt(with_trace=False))
        if not recipient:
            session._message_log(body=body)
            return
        session._as_customer_mail().message_post(
            body=body,
            subject=self.env._("Your order for session %(session)s", session=session.name),
            partner_ids=recipient.ids,
            email_layout_xmlid="mail.mail_notification_light",
            **session._prepare_customer_mail_vals(),
        )

    def _get_recipient(self):
        """Return who gets the receipt: who gave the consent, else who gets the sheet."""
        people = self.partner_id + self.session_id._get_sheet_recipient()
        ours = self.session_id._find_own_addresses()
        reachable = people.filtered("email_normalized")
        return reachable.filtered(lambda person: person.email_normalized not in ours)[:1]

    def _get_receipt(self, with_trace=True):
        """Return the whole evidence of a consent as text; mails stay longer than its trace."""
        self.ensure_one()
        consent = self.sudo()
        trace = [
            (self.env._("Internet address"), consent.ip_address),
            (self.env._("Browser"), consent.browser or consent.user_agent),
            (self.env._("Operating system"), consent.operating_system),
        ]
        labels = [
            (self.env._("Given on"), format_datetime(self.env, consent.accepted_at)),
            (self.env._("Given by"), consent.partner_id.display_name),
            (self.env._("How"), get_label(consent, "way")),
            (self.env._("Why by telephone"), consent.reason),
            (self.env._("Words on the button"), consent.button),
            *(trace if with_trace else ()),
            (self.env._("SHA-256 of what was accepted"), consent.accepted_digest),
        ]
        facts = [say_of(self.env, label, value) for label, value in labels if value]
        return "\n".join([*consent_codes.read_lines(consent.accepted_text), "", *facts])

"""A company without service contracts, and what its people do all day."""

from email.message import EmailMessage

from odoo.fields import Command

GROUPS = (
    "account.group_account_invoice",
    "account_payment_batch_oca.group_account_payment",
    "base.group_partner_manager",
    "hr_timesheet.group_timesheet_manager",
    "product.group_product_manager",
    "project.group_project_manager",
    "sales_team.group_sale_manager",
)
DAY, LATER = "2026-03-09", "2026-03-10"
PROJECT_ADDRESS = "plain-project@plain.example.com"
CUSTOMER_ADDRESS = "plain.customer@example.com"
AUTOMATIC = {"Auto-Submitted": "auto-replied", "Precedence": "bulk", "X-Autoreply": "yes"}


class Work:
    """Plain records of one company, and what a user of the core applications does with them."""

    def __init__(self, env):
        company = self._create_company(env)
        user = self._create_user(env, company)
        self.env = env(user=user, context={"allowed_company_ids": company.ids, "lang": "en_US"})
        self._count = 0
        self.partner = self._create_partner(name="Plain Customer", email=CUSTOMER_ADDRESS)
        self.product = self._create_product(name="Plain Work")
        self.project = self.env["project.project"].create(
            {
                "name": "Plain Project",
                "partner_id": self.partner.id,
                "allow_billable": True,
                "alias_name": "plain-project",
                "alias_contact": "everyone",
            }
        )

    def _create_company(self, env):
        domain = env["mail.alias.domain"].create({"name": "plain.example.com"})
        company = env["res.company"].create(
            {
                "name": "Plain",
                "country_id": env.ref("base.fr").id,
                "email": "plain@example.com",
                "alias_domain_id": domain.id,
            }
        )
        env["account.chart.template"].try_loading("fr", company, install_demo=False)
        return company

    def _create_user(self, env, company):
        user = env["res.users"].create(
            {
                "name": "Plain User",
                "login": "plain",
                "email": "plain.user@example.com",
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [Command.set([env.ref(name).id for name in GROUPS])],
            }
        )
        vals = {"company_id": company.id, "hourly_cost": 40}
        env["hr.employee"].create({"name": "Plain User", "user_id": user.id, **vals})
        self.colleague = env["hr.employee"].create({"name": "Plain Colleague", **vals})
        return user

    def _number(self):
        self._count += 1
        return self._count

    # ----- Records -----

    def _create_partner(self, **vals):
        return self.env["res.partner"].create(
            {
                "name": f"Partner {self._number()}",
                "is_company": True,
                "phone": "+33123456789",
                "country_id": self.env.ref("base.fr").id,
                **vals,
            }
        )

    def _create_product(self, **vals):
        return self.env["product.product"].create(
            {"name": f"Product {self._number()}", "type": "service", "list_price": 90, **vals}
        )

    def _create_invoice(self, **vals):
        line = {"product_id": self.product.id, "quantity": 2, "price_unit": 90}
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner.id,
                "invoice_date": DAY,
                "invoice_line_ids": [Command.create(line) for _line in range(2)],
                **vals,
            }
        )

    def _post_invoice(self):
        invoice = self._create_invoice()
        invoice.action_post()
        return invoice

    def _create_order(self):
        line = {"product_id": self.product.id, "product_uom_qty": 2}
        return self.env["sale.order"].create(
            {"partner_id": self.partner.id, "order_line": [Command.create(line)]}
        )

    def _confirm_order(self):
        order = self._create_order()
        order.action_confirm()
        return order

    def _create_timesheet(self):
        return self.env["account.analytic.line"].create(
            {"project_id": self.project.id, "name": "Work", "unit_amount": 1.5, "date": DAY}
        )

    def _create_mandate(self):
        bank = self.env["res.partner.bank"].create(
            {"acc_number": make_iban(self._number()), "partner_id": self.partner.id}
        )
        return self.env["account.banking.mandate"].create(
            {"partner_bank_id": bank.id, "signature_date": DAY, "partner_id": self.partner.id}
        )

    def _create_mail(self, record):
        vals = {"subject": "Plain", "body_html": "<p>Plain</p>", "email_to": CUSTOMER_ADDRESS}
        return (
            self.env["mail.mail"]
            .sudo()
            .create({**vals, "model": record._name, "res_id": record.id})
        )

    # ----- What is done -----

    def actions(self):
        """Yield ``(name, what is made first, what is done with it)``."""
        yield "partner: create", None, lambda _none: self._create_partner()
        yield "partner: write", self._create_partner, lambda it: it.write({"name": "Other"})
        yield "partner: phone", self._create_partner, lambda it: it.write({"phone": "+33987654321"})
        yield "partner: national phone", self._create_partner, self._give_national_phone
        yield "partner: find", None, lambda _none: self.env["res.partner"].name_search("Plain")
        yield "partner: unlink", self._create_partner, lambda it: it.unlink()
        yield "product: create", None, lambda _none: self._create_product()
        yield "product: write", self._create_product, lambda it: it.write({"list_price": 95})
        yield "product: type", self._create_product, lambda it: it.write({"type": "consu"})
        yield "product: archive", self._create_product, lambda it: it.action_archive()
        yield "product: unlink", self._create_product, lambda it: it.unlink()
        yield "timesheet: create", None, lambda _none: self._create_timesheet()
        yield "timesheet: write", self._create_timesheet, lambda it: it.write({"unit_amount": 2})
        yield "timesheet: employee", self._create_timesheet, self._give_to_other
        yield "timesheet: rename", self._create_timesheet, lambda it: it.write({"name": "Other"})
        yield "timesheet: unlink", self._create_timesheet, lambda it: it.unlink()
        yield from self._accounting_actions()
        yield from self._sales_actions()
        yield from self._mail_actions()

    def _accounting_actions(self):
        yield "invoice: create", None, lambda _none: self._create_invoice()
        yield "invoice: post", self._create_invoice, lambda it: it.action_post()
        yield "invoice: date", self._create_invoice, self._date_later
        yield "invoice: to draft", self._post_invoice, lambda it: it.button_draft()
        yield "invoice: cancel", self._create_invoice, lambda it: it.button_cancel()
        yield "invoice: copy", self._create_invoice, lambda it: it.copy()
        yield "invoice: unlink", self._create_invoice, lambda it: it.unlink()
        yield "invoice: credit", self._post_invoice, self._credit
        yield "invoice: pay", self._post_invoice, self._pay
        yield "mandate: create", None, lambda _none: self._create_mandate()
        yield "mandate: validate", self._create_mandate, lambda it: it.validate()
        yield "mandate: cancel", self._create_mandate, lambda it: it.cancel()

    def _sales_actions(self):
        yield "order: create", None, lambda _none: self._create_order()
        yield "order: write", self._create_order, lambda it: it.write({"client_order_ref": "1"})
        yield "order: confirm", self._create_order, lambda it: it.action_confirm()
        yield "order: cancel", self._create_order, lambda it: it._action_cancel()
        yield "order: unlink", self._create_order, lambda it: it.unlink()
        yield "order: quantity", self._confirm_order, self._sell_more
        yield "order: invoice", self._confirm_order, self._invoice_in_advance

    def _mail_actions(self):
        for record in (self.partner, self.project):
            yield (
                f"mail: send from {record._name}",
                lambda record=record: self._create_mail(record),
                lambda it: it.send(),
            )
        yield "mail: post", None, lambda _none: self.partner.message_post(body="Plain")
        yield "mail: notify", None, lambda _none: self._notify()
        yield "mail: receive", None, lambda _none: self._receive()

    def _give_national_phone(self, partner):
        partner.phone = "01 98 76 54 32"

    def _give_to_other(self, timesheet):
        timesheet.employee_id = self.colleague

    def _notify(self):
        self.partner.message_post(
            body="Plain",
            message_type="comment",
            partner_ids=self.partner.ids,
            subtype_xmlid="mail.mt_comment",
        )

    def _date_later(self, invoice):
        invoice.invoice_date = LATER

    def _credit(self, invoice):
        reversal = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        reversal.create({"journal_id": invoice.journal_id.id, "date": DAY}).reverse_moves()

    def _pay(self, invoice):
        action = invoice.action_register_payment()
        payments = self.env["account.payment.register"].with_context(action["context"])
        payments.create({"payment_date": DAY}).action_create_payments()

    def _sell_more(self, order):
        order.order_line.product_uom_qty = 3

    def _invoice_in_advance(self, order):
        advance = self.env["sale.advance.payment.inv"].create(
            {
                "advance_payment_method": "percentage",
                "amount": 30,
                "sale_order_ids": [Command.set(order.ids)],
            }
        )
        advance.create_invoices()

    # ----- Documents -----

    def documents(self):
        """Yield ``(report, record that it prints)``."""
        invoice = self._post_invoice()
        yield "account.account_invoices", invoice
        yield "account.account_invoices_without_payment", invoice
        yield "sale.action_report_saleorder", self._create_order()

    # ----- Mails -----

    def routes(self):
        """Yield ``(name, where a plain mail leads, what becomes of it)``."""
        thread = self.partner.message_post(body="Plain", message_type="comment")
        answer = {"In-Reply-To": thread.message_id, "References": thread.message_id}
        for place, headers in {"project": {}, "answer": answer}.items():
            for kind in (None, *AUTOMATIC):
                automatic = {kind: AUTOMATIC[kind]} if kind else {}
                yield f"{place}, {kind}", self._route({**headers, **automatic})

    def _route(self, headers):
        """Return model, record and values of each route of a mail, and the fate of the mail."""
        message = self._prepare_message(headers)
        threads = self.env["mail.thread"].sudo()
        parsed = threads.message_parse(message)
        found = [
            [model, bool(record), sorted(values or {}), user == self.env.uid]
            for model, record, values, user, _alias in threads.message_route(message, parsed)
        ]
        messages = self.env["mail.message"].sudo()
        before = messages.search([], order="id DESC", limit=1).id
        processed = threads.message_process(None, message.as_bytes())
        created = messages.search([("id", ">", before)], order="id")
        return {
            "routes": found,
            "is_processed": bool(processed),
            "messages": [
                [one.model, one.subject, one.message_type, len(one.notified_partner_ids)]
                for one in created
            ],
        }

    def _receive(self):
        message = self._prepare_message({})
        self.env["mail.thread"].sudo().message_process(None, message.as_bytes())

    def _prepare_message(self, headers):
        message = EmailMessage()
        number = self._number()
        message["Message-Id"] = f"<{number}@plain.example.org>"
        message["From"] = f"customer{number}@example.org"
        message["To"] = PROJECT_ADDRESS
        message["Subject"] = f"Plain {number}"
        message.set_content("Plain text")
        for name, value in headers.items():
            message[name] = value
        return message


def make_iban(number):
    """Return a Belgian account number with its check digits.

    >>> make_iban(539007547034)
    'BE68539007547034'
    """
    check = 98 - int(f"{number:012}111400") % 97
    return f"BE{check:02}{number:012}"

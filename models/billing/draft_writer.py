"""Drafts by the hundred: what Odoo would compute and write line by line is given beforehand."""

from markupsafe import Markup

from odoo.fields import Command

from ..common.table_statistics import create_in_lots
from .quiet_messages import post_quietly, split_quiet

# By which drafts know that this writer makes them: no client can send it.
FAST = object()
# Whoever sets it has drafts made, and posted, by Odoo's own way alone.
PLAIN = "service_plain_invoices"
# With which in the context Odoo does not log who created a record.
UNLOGGED = ("mail_create_nolog", "tracking_disable")
# What makes Odoo reckon otherwise, where somebody gives it.
GIVEN = {"invoice_currency_rate", "line_ids"}
NUMBERS = ("price_unit", "quantity", "discount")
LINE_NEEDED = {"product_id", "product_uom_id", *NUMBERS}
LINE_GIVEN = {"amount_currency", "balance", "tax_tag_ids", "currency_id", "extra_tax_data"}


class DraftWriter:
    """Makes draft invoices as ``create`` does, equal to the last column, in a fraction of the time.

    Odoo still adds taxes, terms and balances itself and corrects what it finds different: a wrong
    amount given here would cost time and nothing else. It is left alone where it decides by more
    than is known here: distribution models of the analytic accounts, invoices without taxes (whose
    given balances it would trust), people who are told of new invoices.
    """

    def __init__(self, moves):
        """:param moves: ``account.move``, with the company and the context to create them by"""
        self.env = moves.env
        self.company = moves.env.company
        self.is_plain = bool(self.env.context.get(PLAIN))
        self.moves = moves
        self.known = {}

    def make(self, vals_list):
        """Return the drafts of ``vals_list``, all of one payment term."""
        if self.is_plain:
            return create_in_lots(self.moves, vals_list, "account.move.line")
        fast = self.moves.with_context(service_fast_drafts=FAST, mail_create_nolog=True)
        completed = self._complete(vals_list)
        moves = create_in_lots(fast, completed, "account.move.line").with_env(self.env)
        if not any(self.env.context.get(key) for key in UNLOGGED):
            self._log_creation(moves)
        return moves

    # ----- What Odoo would find -----

    def _complete(self, vals_list):
        """Return the values with the journal, and with analytic, balance and tags of the lines.

        What others have put into them in a manner unknown here is left to Odoo.
        """
        has_models = self._has_distribution_models()
        return [
            self._complete_invoice(vals, has_models) if self._is_usual(vals) else vals
            for vals in vals_list
        ]

    def _has_distribution_models(self):
        models = self.env["account.analytic.distribution.model"].sudo()
        return bool(models.search_count([], limit=1))

    def _is_usual(self, vals):
        """Tell whether all is known by which Odoo finds taxes, rate and balances."""
        return not GIVEN & vals.keys() and all(
            command[0] == Command.CREATE and self._is_usual_line(command[2])
            for command in vals["invoice_line_ids"]
        )

    def _is_usual_line(self, line):
        if line.get("display_type") != "product":
            return True
        taxes = line.get("tax_ids", ())
        is_set = len(taxes) == 1 and taxes[0][0] == Command.SET
        return is_set and LINE_NEEDED <= line.keys() and not LINE_GIVEN & line.keys()

    def _complete_invoice(self, vals, has_models):
        lines = [dict(command[2]) for command in vals["invoice_line_ids"]]
        billed = [line for line in lines if line["display_type"] == "product"]
        if not has_models:
            for line in billed:
                line.setdefault("analytic_distribution", False)
        if any(line["tax_ids"][0][2] for line in billed):
            self._add_balances(vals, billed)
        return {
            "journal_id": self._get_journal(vals),
            **vals,
            "invoice_line_ids": [Command.create(line) for line in lines],
        }

    def _get_journal(self, vals):
        """Return the journal that Odoo would choose; one look for all drafts of a kind."""
        return self._recall(lambda move: move._search_default_journal().id, vals, "move_type")

    def _get_rate(self, vals):
        if vals["currency_id"] == self.company.currency_id.id:
            return 1.0
        names = ("move_type", "invoice_date")
        return self._recall(lambda move: move.invoice_currency_rate, vals, *names)

    def _recall(self, find, vals, *names):
        """Return what is found on a new move of some values, once for all that have the same."""
        given = {name: vals[name] for name in ("company_id", "currency_id", *names)}
        key = tuple(given.items())
        if key not in self.known:
            self.known[key] = find(self.moves.new(given))
        return self.known[key]

    def _add_balances(self, vals, lines):
        """Have Odoo's tax engine say what each line books, and write that into its values."""
        taxes = self.env["account.tax"]
        is_refund = vals["move_type"] == "out_refund"
        invoice = {
            "currency_id": self._browse("res.currency", vals["currency_id"]),
            "rate": self._get_rate(vals),
            "sign": 1 if is_refund else -1,
            "is_refund": is_refund,
        }
        base_lines = [self._prepare_base_line(line, invoice) for line in lines]
        taxes._add_tax_details_in_base_lines(base_lines, self.company)
        taxes._round_base_lines_tax_details(base_lines, self.company)
        taxes._add_accounting_data_in_base_lines_tax_details(base_lines, self.company)
        found = taxes._prepare_tax_lines(base_lines, self.company)
        for base_line, amounts in found["base_lines_to_update"]:
            base_line["record"].update(amounts)

    def _prepare_base_line(self, line, invoice):
        return self.env["account.tax"]._prepare_base_line_for_taxes_computation(
            line,
            product_id=self._browse("product.product", line["product_id"]),
            product_uom_id=self._browse("uom.uom", line["product_uom_id"]),
            tax_ids=self._browse("account.tax", *line["tax_ids"][0][2]),
            **{name: self._round(name, line[name]) for name in NUMBERS},
            **invoice,
        )

    def _browse(self, model_name, *ids):
        return self.env[model_name].browse(filter(None, ids))

    def _round(self, name, value):
        """Return a number as its column holds it: 33.335 is reckoned with as 33.34."""
        lines = self.env["account.move.line"]
        return lines._fields[name].convert_to_cache(value, lines)

    # ----- Who is told -----

    def _log_creation(self, moves):
        """Log that each draft was created, in one go where nobody is told of it."""
        for part in moves.grouped("move_type").values():
            if subtype := part[0]._creation_subtype():
                quiet, told = split_quiet(part)
                post_quietly(quiet, subtype, self._prepare_post_vals)
                for move in told:
                    vals = self._prepare_post_vals(move)
                    author_id = self.env.user.partner_id.id
                    move.sudo().message_post(subtype_id=subtype.id, author_id=author_id, **vals)
            else:
                part._message_log_batch({move.id: move._creation_message() for move in part})

    def _prepare_post_vals(self, move):
        body = Markup('<div summary="o_mail_notification"><p>%s</p></div>')
        return {"body": body % move._creation_message()}

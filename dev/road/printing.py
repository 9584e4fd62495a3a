"""Print the results as tables and write them to files."""

import json

STATES = ("invoiced", "included", "on_hold", "waived")
COLUMNS = (
    *("offer", "customers", "contracts", "sessions", "charges"),
    *STATES,
    *("invoices", "untaxed", "total"),
)


def offer_row(walk):
    """Return the figures of one offer; amounts are its invoices' less its credit notes'."""
    states = walk.charges.grouped("state")
    moves = walk.charges.move_line_ids.move_id
    invoices = moves.filtered(lambda move: move.move_type == "out_invoice")
    return {
        "offer": walk.offer.code,
        "customers": len(walk.customers),
        "contracts": len(walk.contracts),
        "sessions": len(walk.sessions),
        "charges": len(walk.charges),
        **{state: len(states.get(state, ())) for state in STATES},
        "invoices": len(invoices),
        "untaxed": round(sum(moves.mapped("amount_untaxed_signed")), 2),
        "total": round(sum(moves.mapped("amount_total_signed")), 2),
        "currency": invoices.currency_id[:1].name,
    }


def run_row(house, run, residual):
    """Return the figures of one run."""
    return {
        "company": house.company.name,
        "run": run.name,
        "cutoff": run.cutoff_date.isoformat(),
        "invoices": len(run.invoice_ids),
        "untaxed": round(run.amount_untaxed, 2),
        "total": round(run.amount_total, 2),
        "currency": run.currency_id.name,
        "put_aside": run.exception_count,
        "debit_orders": len(run.order_ids),
        "debits": sum(len(order.payment_ids) for order in run.order_ids),
        "open_on_sepa_invoices": round(residual, 2),
        "control_sum": str(sum(order._get_service_totals().control_sum for order in run.order_ids)),
    }


def table(rows, columns):
    """Return rows of dicts as aligned columns.

    >>> print(table([{"a": 1, "b": "x"}], ("a", "b")))
    a  b
    1  x
    """
    cells = [columns, *([_shown(row.get(column)) for column in columns] for row in rows)]
    widths = [max(len(str(row[i])) for row in cells) for i in range(len(columns))]
    return "\n".join(
        "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def _shown(value):
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:,.2f}" if isinstance(value, float) else "" if value is None else value


def write_summary(out, offers, runs, checks):
    """Write the figures as JSON."""
    summary = {
        "offers": offers,
        "runs": runs,
        "checks": [
            {"what": check.what, "holds": check.holds, "found": check.found} for check in checks
        ],
    }
    path = out / "summary.json"
    path.write_text(json.dumps(summary, indent=2, ensure_ascii=False, default=str) + "\n")


def write_run_files(out, run):
    """Write the bank files of a run and their control sheets."""
    for order in run.order_ids:
        name = order.name.replace("/", "-")
        (out / f"{name}.xml").write_bytes(order.payment_file_id.raw)
        content, _kind = run.env["ir.actions.report"]._render_xlsx(
            "service_contract.control_sheet", order.ids, data={}
        )
        (out / f"{name}-control.xlsx").write_bytes(content)


def write_invoice(out, walk):
    """Write the PDF of an invoice that carries sessions, with its annex."""
    charges = walk.charges.filtered(lambda charge: charge.session_id and charge.invoice_id)
    invoice = charges.invoice_id.sorted("id")[:1]
    # The printing program asks this process for styles: what it needs must not be locked.
    invoice.env.cr.commit()
    content, kind = invoice.env["ir.actions.report"]._render_qweb_pdf(
        "account.account_invoices", invoice.ids
    )
    if kind != "pdf":
        raise RuntimeError("The invoice was not printed as PDF: is wkhtmltopdf installed?")
    (out / f"invoice-{walk.offer.code.lower()}.pdf").write_bytes(content)

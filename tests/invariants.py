"""What must hold of the rows of a database at any moment (invariants 1 and 2), asked by SQL alone.

No model is asked: what a process left that was killed is judged as the next one will find it. The
benchmarks judge by it as well, and load this file by its path.
"""

# Which invoice lines bill a charge, and which give it back.
SIGNED = "CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END"

TWICE = """
    SELECT one.contract_line_id, one.id, other.id
      FROM service_charge one
      JOIN service_charge other
        ON other.contract_line_id = one.contract_line_id
       AND other.id > one.id
       AND daterange(other.date_start, other.date_end) && daterange(one.date_start, one.date_end)
     WHERE one.kind = 'period' AND other.kind = 'period'
"""

# A credit note counts once it is posted: drafts bind nobody.
BILLED = f"""
    SELECT charge.id, charge.state, charge.quantity, charge.amount_untaxed,
           COALESCE(sum(line.quantity * {SIGNED}), 0),
           COALESCE(sum(line.price_subtotal * {SIGNED}), 0)
      FROM service_charge charge
      LEFT JOIN (account_move_line line JOIN account_move move ON move.id = line.move_id)
        ON line.service_charge_id = charge.id
       AND (move.state = 'posted' OR (move.state = 'draft' AND move.move_type = 'out_invoice'))
     WHERE charge.company_id = %(company)s
     GROUP BY charge.id
    HAVING round(abs(COALESCE(sum(line.quantity * {SIGNED}), 0)
                     - CASE WHEN charge.state = 'invoiced' THEN charge.quantity ELSE 0 END
                    )::numeric, 5) <> 0
        OR round(abs(COALESCE(sum(line.price_subtotal * {SIGNED}), 0)
                     - CASE WHEN charge.state = 'invoiced' THEN charge.amount_untaxed ELSE 0 END
                    )::numeric, 2) <> 0
"""

# The ledger's signs are those of the company, an invoice's are the customer's.
HEADS = """
    SELECT move.id, move.name, move.amount_untaxed, sums.untaxed, move.amount_total, sums.booked,
           move.amount_total_signed, sums.receivable, sums.balance
      FROM account_move move
      JOIN LATERAL (
           SELECT sum(price_subtotal) FILTER (WHERE display_type = 'product') AS untaxed,
                  abs(sum(amount_currency) FILTER (WHERE display_type IN ('product', 'tax')))
                  AS booked,
                  sum(balance) FILTER (WHERE display_type = 'payment_term') AS receivable,
                  sum(balance) AS balance,
                  bool_or(service_charge_id IS NOT NULL) AS is_of_service
             FROM account_move_line
            WHERE move_id = move.id
           ) sums ON sums.is_of_service
     WHERE move.company_id = %(company)s
       AND (round(move.amount_untaxed - sums.untaxed, 2) <> 0
            OR round(move.amount_total - sums.booked, 2) <> 0
            OR round(move.amount_total - move.amount_untaxed - move.amount_tax, 2) <> 0
            OR round(move.amount_total_signed - sums.receivable, 2) <> 0
            OR round(sums.balance, 2) <> 0)
"""

NUMBERS = """
    SELECT journal_id, sequence_prefix, min(sequence_number), max(sequence_number), count(*)
      FROM account_move
     WHERE state = 'posted' AND company_id = %(company)s
       AND move_type IN ('out_invoice', 'out_refund')
     GROUP BY journal_id, sequence_prefix
    HAVING max(sequence_number) - min(sequence_number) + 1 <> count(*)
        OR count(DISTINCT sequence_number) <> count(*)
"""

RULES = {
    "a line's period is charged twice": TWICE,
    "charges are not what their lines bill": BILLED,
    "heads, lines and ledger differ": HEADS,
    "numbers have a gap or are taken twice": NUMBERS,
}


def find_broken(cr, company_id):
    """Return ``{what does not hold: rows}`` of a company, empty where all is well."""
    found = {}
    for what, query in RULES.items():
        cr.execute(query, {"company": company_id})
        found[what] = cr.fetchall()
    return {what: rows for what, rows in found.items() if rows}

"""Bill a month and collect it: run, post, debit order, file; upload it once it is checked."""

from . import clock


def bill(house, month, last_day):
    """Return the run of a month: posted, and collected where customers pay by direct debit.

    In the second month one invoice is credited before it is collected. The road collects on the
    day on which it bills: its customers know their days otherwise than by their invoices.
    """
    house.company.service_notice_rule = "other"
    with clock.at(clock.moment(month, last_day, 17)):
        env = house.envs["accountant"]
        run = env["service.billing.run"].create(
            {"cutoff_date": _day(month, last_day), "invoice_date": _day(month, last_day)}
        )
        run.action_start()
        run.action_post_invoices()
        if run.to_collect_count:
            if month == clock.SECOND_MONTH:
                credit_smallest(run)
            run.action_collect()
    return run


def credit_smallest(run):
    """Credit the smallest invoice that the run would collect; its charges are owed no more."""
    invoices = run._get_lines_to_collect().move_id
    invoice = invoices.sorted(lambda move: (move.amount_total, move.id))[:1]
    wizard = (
        run.env["account.move.reversal"]
        .with_context(active_model="account.move", active_ids=invoice.ids)
        .create(
            {
                "journal_id": invoice.journal_id.id,
                "reason": "Demonstration: line out of order all month",
                "service_after_credit": "waived",
            }
        )
    )
    wizard.refund_moves()
    wizard.new_move_ids.action_post()


def bill_again(house, run):
    """Return how many invoices a second run up to the same day makes: none, if all is well."""
    env = house.envs["accountant"]
    with clock.at(f"{run.cutoff_date} 18:00:00"):
        again = env["service.billing.run"].create(
            {"cutoff_date": run.cutoff_date, "invoice_date": run.invoice_date}
        )
        again.action_start()
    return len(again.invoice_ids)


def upload(run):
    """Tell that the bank has the files: the payments are posted and the invoices settled."""
    with clock.at(f"{run.invoice_date} 19:00:00"):
        for order in run.order_ids:
            order.generated2uploaded()


def _day(month, day):
    return clock.moment(month, day).date().isoformat()

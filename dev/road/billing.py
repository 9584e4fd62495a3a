"""Bill a month and collect it: run, post, debit order, file; upload it once it is checked."""

from . import clock


def bill(house, month, last_day):
    """Return the run of a month: posted, and collected where customers pay by direct debit."""
    with clock.at(clock.moment(month, last_day, 17)):
        env = house.envs["accountant"]
        run = env["service.billing.run"].create(
            {"cutoff_date": _day(month, last_day), "invoice_date": _day(month, last_day)}
        )
        run.action_start()
        run.action_post_invoices()
        if run.to_collect_count:
            run.action_collect()
    return run


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

"""What the sweep lets pass: each with the reason why."""

# ``{(model, field): reason}``: written past what the forms offer, on purpose.
WRITTEN_ELSEWHERE = {
    ("account.banking.mandate", "service_registered_on"): "asked of B2B mandates alone",
    ("account.move", "service_reminder_from"): "promised by who is late; asked of what is posted",
    ("account.move.line", "service_after_credit"): "read of credit notes alone, which offer it",
    ("account.move.line", "service_reason_id"): "read of credit notes alone, which offer it",
    ("sale.order", "service_is_off_activity"): "asked of whom the regime, typed there, protects",
    ("sale.order", "service_is_start_requested"): "asked of whom the regime protects",
    ("sale.order.line", "service_discount_months"): "asked beside a discount, where lines have one",
    ("service.allowance", "seconds"): "typed in hours",
    ("service.amendment", "is_telecom_cap_waived"): "asked of telecom contracts; no other reads it",
    ("service.amendment", "signed_copy"): "a scan is filed where there is one, whatever the state",
    ("service.amendment", "signed_copy_name"): "the file's name comes along with the file",
    ("service.contract", "date_end"): "imports give the end of a draft; in force it is locked",
    ("service.contract", "is_start_requested"): "a draft's, asked of whom the regime protects",
    ("service.contract", "is_telecom_cap_waived"): "a draft's, asked of telecom families",
    ("service.contract", "sepa_waived_until"): "the day of managers, who alone may waive",
    ("service.contract", "sepa_waiver_reason"): "the words of managers, who alone may waive",
    ("service.contract", "signed_copy_name"): "the file's name comes along with the file",
    ("service.contract.line", "sequence"): "the order in which lines stand decides nothing",
    ("service.quoted.term", "initial_months"): "typed as the months that bind",
    ("service.reminder.line", "not_before"): "the invoice's own, typed where its letter waits",
    ("service.scope.rule", "effect"): "the grid of the scope writes it",
    (
        "service.session",
        "is_exceptional",
    ): "asked out of the scope, where a draft may get",
    ("service.session", "complaint_acceptance"): "asked where a complaint comes late",
    ("service.session", "level_id"): "shown where there is a choice; no level makes a session free",
    ("service.session", "level_reason_id"): "asked where the level makes a session free",
    ("service.session", "research_date"): "shown with the time of research, which a draft may get",
}
# ``{(model, role, part of the state): reason}``: written by that role past what the forms offer.
WRITTEN_BY = {
    ("account.analytic.line", "manager", "state="): "managers correct what is closed",
    ("account.analytic.line", "technician", "state=cancelled"): "nothing is billed by it",
    ("account.analytic.line", "technician", "state=done"): "until the customer has answered",
    ("res.partner", "foreigner", ""): "all companies share customers; Odoo's form shows employees",
    (
        "sale.order",
        "accountant",
        "",
    ): "Odoo lets them write orders; its form shows coupons",
    ("service.quoted.term", "manager", "order_id.state="): "its form is that of who sells",
    ("service.session", "manager", "state=done"): "managers correct what is closed",
}
# ``{(model, field): reason}``: offered, and refused for what the values are, not for who writes.
NEEDS_MORE = {
    ("product.template", "service_is_recurring"): "the product at hand sells prepaid hours",
    ("sale.order", "service_referent_id"): "the person at hand is another customer's",
    ("service.contract", "family_id"): "the level goes with it",
    ("service.contract", "referent_id"): "the person at hand is another customer's",
    ("service.contract", "mandate_id"): "the customer at hand has one mandate at most",
    ("service.session", "contact_id"): "the person at hand is another customer's",
    ("service.session", "equipment_ids"): "the equipment at hand is another customer's",
    ("service.session", "is_unfounded"): "the session whose work is done again goes with it",
    ("service.session", "planned_start"): "a calendar lets everything be dragged; the words help",
    ("service.session", "planned_stop"): "the appointment's beginning goes with it",
    ("service.session", "replaced_by_id"): "no visit on site is at hand",
    ("service.tariff", "access_fee_mode"): "the product of the fee goes with it",
    ("service.tariff", "level_id"): "the other level has a tariff from that day",
    ("service.tariff", "surcharge_mode"): "the percentage, or the product, goes with it",
}
# ``{(model, field, value): reason}``: states that no record of the world is in.
NOT_REACHED = {
    ("service.sheet.revision", "state", "draft"): "a sheet that nobody sent leaves no revision",
}

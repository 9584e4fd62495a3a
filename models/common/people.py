"""Who speaks for a customer is one of the customer's people, whatever a client writes."""

from odoo.exceptions import ValidationError


def speaks_for(person, customer):
    """Tell whether a person is of a customer's entity, or of a company below the customer.

    So it is while one of them is not known.
    """
    if not (person and customer) or person.commercial_partner_id == customer.commercial_partner_id:
        return True
    while person:
        if person == customer:
            return True
        person = person.parent_id
    return False


def check_speaks_for(record, name):
    """Refuse the person in a field of a record who is nobody of its customer: ValidationError."""
    person, customer = record[name], record.partner_id
    if not speaks_for(person, customer):
        raise ValidationError(
            record.env._(
                "%(person)s is nobody of %(customer)s: choose one of the customer's people "
                "(%(field)s).",
                person=person.display_name,
                customer=customer.display_name,
                field=record._fields[name]._description_string(record.env),
            )
        )

"""Describe what contracts cover: the customers' equipment and their days on duty."""

from . import clock

# Sunday of the first month: remote work from 9 to 12 is covered for who is on duty.
DUTY_DAY = clock.moment(clock.FIRST_MONTH, 6).date()


def describe(house, offer, customers):
    """Record an offer's equipment, as a manager who says what is covered, and who is on duty."""
    env = house.envs["manager"]
    contracts = env["service.contract"].search(
        [("partner_id", "in", [customer.id for customer in customers])]
    )
    env["service.equipment"].create(
        [
            {
                "partner_id": customers[number].id,
                "contract_id": contracts.filtered_domain(
                    [("partner_id", "=", customers[number].id)]
                ).id,
                "name": name,
                "origin": origin,
                **dict(vals),
            }
            for number, name, origin, *vals in offer.equipment
        ]
    )
    env["service.duty"].create(
        [
            {
                "partner_id": customers[number].id,
                "date_start": DUTY_DAY,
                "date_end": DUTY_DAY,
            }
            for number in offer.on_duty
        ]
    )

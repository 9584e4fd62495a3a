"""Order sessions beforehand: by the code that the technician reads out (S24)."""

from datetime import timedelta

from . import clock

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
BEFORE = timedelta(minutes=3)


def order(house, session, start):
    """Have a session ordered by its customer, before its first connection."""
    env = session.env
    with clock.at(start - BEFORE):
        code = env["service.desk"].renew_consent(session.id)["code"]["code"]
    public = house.company.env.ref("base.public_user")
    address = f"2001:db8:0:{session.id:x}::1"
    with clock.at(start - BEFORE / 2):
        consents = env["service.consent"].with_user(public)
        consent = consents._open_by_code(code, address)
        page = consent._get_page()
        ticks = {f"declaration_{number}": "1" for number in range(len(page["declarations"]))}
        consent._give({**ticks, "digest": page["digest"]}, address, BROWSER)

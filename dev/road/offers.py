"""What each offer's demo customers buy and what happens to them; prices are the catalogue's."""

from dataclasses import dataclass
from datetime import timedelta

from . import clock


@dataclass(frozen=True)
class Special:
    """A session whose price the offer states: whose it is, its connections and its amount."""

    what: str
    customer: int
    connections: tuple
    amount: float
    is_included: bool = False


@dataclass(frozen=True)
class Offer:
    """One offer: where it is sold, to whom, what, and how its sessions are recorded.

    ``baskets``: per customer, the recurring and one-off products with their quantities; an empty
    basket is a customer without contract. ``session_family``: whose contract the sessions of
    customers with several contracts belong to. ``reasons``: pairs of a work type and the reason to
    bill it, where the level wants one. ``equipment``: customer, name, who sold it, and further
    values as pairs. ``on_duty``: the customers who are on duty one Sunday. ``is_ordered``:
    customers validate each session on the consent page before it begins.
    """

    number: int
    code: str
    house: str
    country: str
    baskets: tuple
    level_without_contract: str
    work_types: tuple = ("service_work_type_remote",)
    reasons: tuple = ()
    equipment: tuple = ()
    on_duty: tuple = ()
    session_family: str = ""
    pricelist: str = ""
    is_sepa: bool = False
    is_ordered: bool = False
    special_sessions: tuple = ()


def _session(day, *connections):
    """Return connections of ``(minutes after 08:00 UTC, seconds, workstation)`` on a day."""
    start = clock.moment(clock.FIRST_MONTH, day, 8)
    return tuple(
        (start + timedelta(minutes=minute), seconds, name) for minute, seconds, name in connections
    )


EIS_BASKET = (
    ("offer_eis_product_fibre", 1),
    ("offer_eis_product_cellular_4g", 2),
    ("offer_eis_product_phone_seat", 5),
    ("offer_eis_product_mobile_50", 3),
    ("offer_eis_product_fibre_start", 1),
)

OFFERS = (
    Offer(
        number=1,
        code="NETSI",
        is_ordered=True,
        house="FR",
        country="FR",
        baskets=(
            (("offer_netsi_product_remote", 1),),
            (("offer_netsi_product_it", 1),),
            (("offer_netsi_product_pos", 2),),
            (),
        ),
        level_without_contract="offer_netsi_level_no_contract",
        special_sessions=(
            Special("30:00 excluding tax", 0, _session(4, (0, 1800, "PC1")), 30.00),
            Special("30:01 excluding tax", 0, _session(5, (0, 1801, "PC1")), 60.00),
        ),
    ),
    Offer(
        number=2,
        code="2CLICKS",
        house="FR",
        country="FR",
        baskets=((), (), ()),
        level_without_contract="offer_2clicks_level_repair",
        special_sessions=(
            Special("65 min including tax", 0, _session(28, (0, 3900, "PC1")), 70.00, True),
            Special(
                "2 PCs × 30 min including tax",
                1,
                _session(29, (10, 1800, "PC1"), (15, 1800, "PC2")),
                60.00,
                True,
            ),
        ),
    ),
    Offer(
        number=3,
        code="EIS",
        house="FR",
        country="FR",
        baskets=(
            EIS_BASKET,
            (("offer_eis_product_copper", 1), ("offer_eis_product_phone_trunk", 4)),
            (
                ("offer_eis_product_fibre", 1),
                ("offer_eis_product_mobile_5", 12),
                ("offer_eis_product_backup_100", 1),
                ("offer_eis_product_port_in_range", 1),
            ),
            (("offer_eis_product_fibre", 2), ("offer_eis_product_cellular_4g", 1)),
        ),
        level_without_contract="",
        work_types=("offer_eis_work_type_incident", "offer_eis_work_type_wrong_incident"),
        reasons=(("offer_eis_work_type_wrong_incident", "service_reason_scope_wrong_incident"),),
        session_family="offer_eis_family_copper_fibre",
        is_sepa=True,
    ),
    Offer(
        number=4,
        code="PRISME",
        house="FR",
        country="RE",
        baskets=(
            (("offer_prisme_product_level_1", 1),),
            (("offer_prisme_product_level_2", 1),),
            (("offer_prisme_product_level_3", 1),),
        ),
        level_without_contract="",
        work_types=("offer_prisme_work_type_remote", "offer_prisme_work_type_hardware"),
        equipment=(
            (1, "PC1", "own", ("warranty_end", "2027-06-30")),
            (1, "PC2", "other"),
            (2, "PC1", "partner", ("remote_tool_id", "412 307 955")),
            (2, "RADIO-PANO", "partner", ("warranty_end", "2028-01-31")),
        ),
        on_duty=(1,),
    ),
    Offer(
        number=5,
        code="DAMAL",
        house="PL",
        country="PL",
        baskets=((("offer_damal_product_sla", 1),), (("offer_damal_product_sla", 1),), ()),
        level_without_contract="offer_damal_level_no_sla",
        pricelist="offer_damal_pricelist",
        special_sessions=(
            Special("61 min with SLA, 3 blocks of 30", 0, _session(4, (0, 3660, "PC1")), 240.00),
            Special("61 min without, 2 blocks of 60", 2, _session(4, (90, 3660, "PC1")), 400.00),
        ),
    ),
)

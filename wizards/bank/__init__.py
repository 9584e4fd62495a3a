from . import service_lot_credit

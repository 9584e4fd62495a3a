from . import service_lot_credit
from . import service_setup_check

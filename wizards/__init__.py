from . import account_move_reversal
from . import service_price_index_import
from . import service_setup

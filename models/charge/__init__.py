from . import service_charge
from . import service_charge_credit
from . import account_move
from . import account_move_line
from . import product_product
from . import service_reason
from . import ir_actions_report

from . import service_contract
from . import service_billing_run
from . import account_payment_order
from . import account_payment_line
from . import account_banking_mandate
from . import account_move
from . import account_move_line
from . import ir_module_module

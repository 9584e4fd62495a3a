from . import account_move
from . import account_move_line
from . import res_company
from . import service_billing_run
from . import service_billing_run_day
from . import service_exception
from . import service_session

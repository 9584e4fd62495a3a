from . import account_move_reversal
from . import service_exit_simulation
from . import service_setup

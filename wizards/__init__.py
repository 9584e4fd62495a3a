from . import account_move_reversal
from . import service_session_extend
from . import service_setup

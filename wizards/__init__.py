from . import account_move_reversal
from . import service_setup
from . import service_session_contest
from . import service_session_settlement
from . import service_session_signature

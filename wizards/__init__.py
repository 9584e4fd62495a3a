from . import account_move_reversal
from . import service_scope_matrix
from . import service_session_override
from . import service_setup

from . import service_session_statement
from . import service_session_contest
from . import service_session_settlement
from . import service_session_signature
from . import service_session_override

from . import service_session_extend

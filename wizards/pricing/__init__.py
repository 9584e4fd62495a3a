from . import service_session_override

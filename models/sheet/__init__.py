from . import service_session_statement
from . import service_session_sheet
from . import service_session_sending
from . import service_session_settlement
from . import service_session_warranty
from . import service_charge
from . import mail_mail
from . import ir_actions_report

from . import account_move
from . import account_move_delivery
from . import account_move_send
from . import mail_mail
from . import service_billing_run
from . import service_exception

from . import service_debit_batch
from . import service_debit_batch_line
from . import service_notice_decision

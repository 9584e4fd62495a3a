from . import service_billing_question
from . import service_billing_redate
from . import service_order_number

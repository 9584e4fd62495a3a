from . import service_billing_preview
from . import service_billing_question
from . import service_billing_redate
from . import service_order_number
from . import service_charge_decision
from . import service_forecast
from . import service_forecast_line

from . import service_billing_preview
from . import service_forecast
from . import service_forecast_line

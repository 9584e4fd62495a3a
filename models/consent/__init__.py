from . import service_consent
from . import service_conditions

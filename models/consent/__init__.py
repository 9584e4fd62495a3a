from . import service_consent

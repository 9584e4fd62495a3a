from . import service_consent_phone

from . import service_contract_activation

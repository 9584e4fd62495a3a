from . import res_country_group
from . import res_company
from . import res_company_tax
from . import res_company_setup
from . import res_config_settings
from . import res_partner
from . import service_level

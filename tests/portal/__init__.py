from . import test_contract_acts
from . import test_contract_pages
from . import test_intervention_pages
from . import test_page_access
from . import test_portal_reach

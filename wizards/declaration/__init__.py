from . import service_declaration_match
from . import service_declaration_candidate
from . import service_exit_simulation

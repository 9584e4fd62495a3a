from . import service_scope_matrix

from . import service_exit_simulation

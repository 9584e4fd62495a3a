from ..common import ServiceContractCommon


class ChargeCommon(ServiceContractCommon):
    def charge(self, contract, until):
        """Make the charges due on a day; return the new ones in order."""
        return contract._generate_charges(self.day(until)).sorted("date_start")

    def amounts(self, charges):
        return [round(charge.amount, 2) for charge in charges.sorted("date_start")]

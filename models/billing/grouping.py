"""What makes one invoice."""

CONTRACT, SITE, CUSTOMER = "contract", "site", "customer"
GROUPINGS = [(CONTRACT, "Contract"), (SITE, "Site"), (CUSTOMER, "Customer")]

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import search_keys

SHORTEST_TEXT = 2


class ServiceSearchKey(models.AbstractModel):
    """A record that is found by words without accents and by numbers, however they are typed."""

    _name = "service.search.key"
    _description = "Found however it is typed"

    service_search_key = fields.Char(
        compute="_compute_service_search_key",
        store=True,
        index="trigram",
        export_string_translation=False,
    )

    def _compute_service_search_key(self):
        for record in self:
            record.service_search_key = " ".join(filter(None, record._get_search_words())) or False

    def _get_search_words(self):
        """Return the folded words and numbers by which the record is found; a hook."""
        raise NotImplementedError

    @api.model
    def _get_search_key_domain(self, text):
        """Return the domain of the records that a typed text means, of none when it is too short.

        Every word is in the key, or the text is a telephone number, or an identifier with spaces.
        """
        words = search_keys.fold(text).split()
        whole = "".join(words)
        if len(whole) < SHORTEST_TEXT:
            return Domain.FALSE
        needles = search_keys.phone_needles(text)
        if any(letter.isdigit() for letter in whole):
            needles.append(whole)
        return Domain.OR(
            [
                Domain.AND(Domain("service_search_key", "ilike", word) for word in words),
                *(Domain("service_search_key", "ilike", needle) for needle in needles),
            ]
        )

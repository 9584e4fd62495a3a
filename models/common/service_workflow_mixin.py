from collections import defaultdict
from types import MappingProxyType

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .field_values import is_changed

ADDON = __name__.split(".")[2]
LOCKS = ("workflow", "once", "draft", "open", "closed", "sealed")
MARKS = ("lock", "reprices")
# What a context carries where a model's own methods write: no client can send an object, and what
# opens one model's locks opens no other's.
KEYS = defaultdict(object)


def is_derived(field):
    """Tell whether a field of ours is stored for searching only: no form ever lets it be typed."""
    is_computed = field.store and field.compute and field.readonly
    return bool(is_computed) and field._modules[:1] == (ADDON,)


class ServiceWorkflowMixin(models.AbstractModel):
    """Fields that say of themselves who writes them, and what a change of theirs brings.

    ``lock="workflow"``: only the record's own methods write it, which no client can imitate; what
    a copy or a client gives at creation is left out. So is it with stored computed fields that
    nobody types (``is_derived``), without a word of theirs. ``lock="once"``: given at creation,
    never moved (parents, companies). ``lock="draft"``: typed while the record is a draft
    (``_is_in_draft``), ``lock="open"``: while it is going on (``_is_going_on``); its own methods
    write both at any time. ``lock="closed"``: no longer once the record is closed, managers
    excepted (``_is_closed``, ``_may_correct_closed``) until it is over (``_is_over``).
    ``lock="sealed"``: no longer once the record is sealed, whoever asks (``_is_sealed``).
    ``reprices=True``: a change asks for a new price.

    A company is given at creation and never moved, by whoever it is: ``_get_company_kept``.

    The sets of names are made once per registry; a write that touches none of them costs one look
    at their union. Methods that write what is locked go by ``_as_workflow()``, which opens the
    locks of that model alone: its context may travel on to others with what a client gave.
    """

    _name = "service.workflow.mixin"
    _description = "Fields with Locks"

    _marked_fields = MappingProxyType({})
    _locked_fields = frozenset()
    # Whether only own methods create records, such as those of a button.
    _is_made_by_workflow = False
    # Whether what our methods create with sudo takes the defaults that users set for themselves:
    # never those of locked fields.
    _takes_user_defaults = True
    # The partners that our own methods take from the record that they make this one of.
    _derived_partners = frozenset()

    def _valid_field_parameter(self, field, name):
        return name in MARKS or super()._valid_field_parameter(field, name)

    def _post_model_setup__(self):
        marked = defaultdict(set)
        for name, field in self._fields.items():
            for mark in MARKS:
                if value := getattr(field, mark, None):
                    marked[mark, value].add(name)
            if is_derived(field):
                marked["lock", "workflow"].add(name)
        type(self)._marked_fields = MappingProxyType(
            {mark: frozenset(names) for mark, names in marked.items()}
        )
        locked = (names for (mark, _value), names in marked.items() if mark == "lock")
        type(self)._locked_fields = frozenset().union(*locked)
        return super()._post_model_setup__()

    @api.model
    def _get_marked(self, mark, value=True):
        """Return the names of the fields with a mark, such as ``("lock", "once")``."""
        return self._marked_fields.get((mark, value), frozenset())

    def _as_workflow(self):
        return self.with_context(service_workflow=KEYS[self._name])

    def _is_own_call(self):
        """Tell whether a method of the records called, by ``_as_workflow``."""
        return self.env.context.get("service_workflow") is KEYS[self._name]

    def _is_workflow(self):
        return self.env.su or self._is_own_call()

    # ----- Records -----

    @api.model
    def default_get(self, fields):
        """Take the fields' own defaults where no client writes, not a context's nor a user's.

        Also where our own methods create: the context they have may be a client's.
        """
        defaults = super().default_get(fields)
        for name in self._get_names_with_own_default() & defaults.keys():
            field = self._fields[name]
            if field.default:
                value = field.convert_to_cache(field.default(self), self, validate=False)
                defaults[name] = field.convert_to_write(value, self)
            else:
                del defaults[name]
        return defaults

    def _get_names_with_own_default(self):
        """Return the names of the fields that begin as they say themselves, as a set."""
        if self.env.su and not self._takes_user_defaults:
            return self._fields.keys()
        return self._locked_fields if self._is_workflow() else self._get_marked("lock", "workflow")

    @api.model_create_multi
    def create(self, vals_list):
        names = self._get_marked("lock", "workflow")
        if self._is_made_by_workflow and not self._is_workflow():
            self._raise_made()
        if names and not self._is_workflow():
            vals_list = [
                {name: value for name, value in vals.items() if name not in names}
                for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        if "company_id" in vals:
            self._check_company_kept(vals)
        if not self._locked_fields.isdisjoint(vals):
            if not self._is_workflow():
                self._check_locks(vals)
            if names := self._get_marked("lock", "sealed") & vals.keys():
                self._check_sealed(vals, names)
        return super().write(vals)

    def _check_company_kept(self, vals):
        """Refuse to move records to another company, whoever asks: neither sudo nor a job does."""
        kept = self._get_company_kept()
        kept = kept.filtered(lambda row: is_changed(row, "company_id", vals["company_id"]))
        if kept:
            kept._raise_given({"company_id"})

    def _get_company_kept(self):
        """Return those of the records whose company was given for good; a hook.

        All of ours; of Odoo's records none but those that one of ours hangs on.
        """
        return self if self._name.startswith("service.") else self.browse()

    def _check_company(self, fnames=None):
        """Let what our own methods make of a record go on with the partners that it has.

        A partner of another company, from before that was refused, is still worked for.
        """
        if self.env.su and self._derived_partners:
            moves = fnames is None or "company_id" in fnames
            names = self._fields.keys() if moves else fnames
            fnames = set(names) - self._derived_partners - {"company_id", "company_ids"}
        if len(self) > 1 and self._is_of_one_company(fnames):
            return None
        return super()._check_company(fnames)

    def _is_of_one_company(self, fnames):
        """Tell whether records of one company name nothing of another one.

        Odoo asks so of each value of each record; of all values of a field it is the same question.
        """
        if "company_id" not in self._fields:
            return False
        companies = {record.company_id for record in self}
        if len(companies) > 1 or not (company := companies.pop()):
            return False
        if fnames is None or {"company_id", "company_ids"} & set(fnames):
            fnames = self._fields
        checked = (self._fields[name] for name in fnames)
        return all(
            self._is_of_company(field, self.env.company if field.company_dependent else company)
            for field in checked
            if field.relational and field.check_company
        )

    def _is_of_company(self, field, company):
        values = self.sudo().mapped(field.name).with_context(active_test=False)
        domain = values and values._check_company_domain(company)
        return not domain or values == values.filtered_domain(domain)

    def _check_locks(self, vals):
        """Refuse in words what is locked; a value that stays as it is changes nothing."""
        if names := self._get_marked("lock", "workflow") & vals.keys():
            self._raise_locked(names)
        if names := self._get_marked("lock", "once") & vals.keys():
            self._check_once(self._get_moved(names, vals))
        if names := self._get_marked("lock", "draft") & vals.keys():
            self._check_held(vals, names, lambda record: record._is_in_draft())
        if names := self._get_marked("lock", "open") & vals.keys():
            self._check_held(vals, names, lambda record: record._is_going_on())
        if names := self._get_marked("lock", "closed") & vals.keys():
            self._check_closed(vals, names)

    def _get_changed(self, names, vals):
        """Return those names that ``vals`` would change on one of the records at least."""
        return {
            name for name in names if any(is_changed(record, name, vals[name]) for record in self)
        }

    def _get_moved(self, names, vals):
        """Return which of the fields that are given once ``vals`` would move; a hook."""
        return self._get_changed(names, vals)

    def _check_once(self, names):
        if names:
            self._raise_given(names)

    def _check_held(self, vals, names, is_free):
        """Hold records that are no longer free to what was typed until then."""
        for record in self:
            if not is_free(record) and (changed := record._get_changed(names, vals)):
                record._raise_sealed(changed)

    def _check_closed(self, vals, names):
        """Hold closed records to what they were closed with."""
        may_correct = self._may_correct_closed()
        for record in self.filtered(lambda record: record._is_closed()):
            if may_correct and not record._is_over():
                continue
            if held := record._get_held(names, vals):
                record._raise_closed(held)

    def _get_held(self, names, vals):
        """Return which of the closed record's fields in ``vals`` are held; a hook."""
        return names

    def _check_sealed(self, vals, names):
        """Hold sealed records to what they were sealed with."""
        for record in self.filtered(lambda record: record._is_sealed()):
            if changed := record._get_unsealed(names, vals):
                record._raise_sealed(changed)

    def _get_unsealed(self, names, vals):
        """Return which of the sealed record's fields ``vals`` would change; a hook."""
        return self._get_changed(names, vals)

    def _may_correct_closed(self):
        """Tell whether the user may correct what closed records were closed with; a hook."""
        return self.env.user._is_service_manager()

    def _is_in_draft(self):
        """Tell whether the record is a draft: its ``lock="draft"`` fields are typed; a hook."""
        self.ensure_one()
        return self.state == "draft"

    def _is_going_on(self):
        """Tell whether the record is going on: its ``lock="open"`` fields are typed; a hook."""
        self.ensure_one()
        return not self._is_over()

    def _is_over(self):
        """Tell whether the record is over: managers correct nothing any more; a hook."""
        self.ensure_one()
        return False

    def _is_closed(self):
        """Tell whether the record is closed: its ``lock="closed"`` fields are held; a hook."""
        self.ensure_one()
        return False

    def _is_sealed(self):
        """Tell whether the record is sealed: its ``lock="sealed"`` fields stay; a hook."""
        self.ensure_one()
        return False

    def _raise_given(self, names):
        """Refuse in words to move what is given once, at creation; a hook."""
        raise AccessError(
            self.env._(
                "%(record)s, %(fields)s: given once, it does not change any more.",
                record=self[:1].display_name,
                fields=self._get_field_labels(names),
            )
        )

    def _raise_made(self):
        """Refuse in words to create what only own methods make; a hook."""
        raise AccessError(
            self.env._(
                "%(model)s: use the buttons that make it, it cannot be created by hand.",
                model=self.env["ir.model"]._get(self._name).name,
            )
        )

    def _raise_closed(self, names):
        """Refuse in words to change fields of a closed record; a hook."""
        self._raise_locked(names)

    def _raise_sealed(self, names):
        """Refuse in words to change fields of a sealed record, a UserError; a hook."""
        raise UserError(
            self.env._(
                "%(record)s: %(fields)s can no longer change.",
                record=self[:1].display_name,
                fields=self._get_field_labels(names),
            )
        )

    def _raise_locked(self, names):
        """Refuse in words to write what only the record's own methods write; a hook."""
        raise AccessError(
            self.env._(
                "%(record)s, %(fields)s: use its buttons, they cannot be written.",
                record=self[:1].display_name,
                fields=self._get_field_labels(names),
            )
        )

    def _get_field_labels(self, names):
        """Return the labels of fields in the user's language, sorted and joined by commas."""
        return ", ".join(sorted(self._fields[name]._description_string(self.env) for name in names))

"""docs/dictionary.md: every table and field of the database with its meaning, and every list of codes.

A field's meaning is its help text; else the label of the dataset's column of that name with the comment behind it in the model; else
what `meanings.py` says. `PERSONAL` says which fields are personal data.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import models
from django.db.models import Field, Model, Q

from outcomes.documents.comments import behind, docstring
from outcomes.documents.markdown import WRITTEN_BY, bullets, table
from outcomes.documents.meanings import COLUMNS, meaning
from outcomes.documents.word_lists import word_lists
from outcomes.exports.columns import columns_of

FLOORS = {"trials": "the trial office", "participants": "the clinic", "outcomes": "the reading room"}
INTRODUCTION = """\
# Dictionary of the database

Every table, by app. *Personal* marks what describes a person, as the model declares it. "Needed: no" means that the field may
be empty or has a default. The exported dataset has columns of its own: each export brings its `codebook.csv`, made from
`outcomes/exports/columns.py`.

"""
TYPES: tuple[tuple[type[models.Field], str], ...] = (  # type: ignore[type-arg]
    (models.BooleanField, "yes or no"),
    (models.DateTimeField, "instant"),
    (models.DateField, "day"),
    (models.UUIDField, "UUID"),
    (models.JSONField, "JSON"),
    (models.BinaryField, "bytes"),
    (models.AutoField, "number of the row"),
    (models.BigAutoField, "number of the row"),
    (models.PositiveIntegerField, "whole number, 0 or more"),
    (models.PositiveSmallIntegerField, "whole number, 0 or more"),
    (models.IntegerField, "whole number"),
    (models.TextField, "text"),
)


def page() -> str:
    parts = [INTRODUCTION + WRITTEN_BY]
    for floor, place in FLOORS.items():
        parts.append(f"## `{floor}`: {place}\n")
        parts += [section(model) for model in apps.get_app_config(floor).get_models()]
    parts.append("## Lists of codes\n\nRoles and permissions have [a page of their own](permissions.md).\n")
    parts += [f"### {found.name}\n\n{found.places}\n\n{bullets(found.codes)}" for found in word_lists()]
    return "\n".join(parts)


def section(model: type[Model]) -> str:
    """One table: what it is, then its fields."""
    personal, listed, told = set(getattr(model, "PERSONAL", ())), dict(_listed(model)), meanings(model)
    rows = [
        (
            f"`{field.name}`",
            _type(field, listed.get(field.name)),
            "no" if field.null or field.blank or field.has_default() else "yes",
            "yes" if field.name in personal else "",
            told[field.name],
        )
        for field in _fields(model)
    ]
    heading = f"### {model.__name__}\n\n`{model._meta.db_table}`"
    words = docstring(model)
    return f"{heading}\n\n{words + chr(10) * 2 if words else ''}" + table(("field", "type", "needed", "personal", "meaning"), rows)


def meanings(model: type[Model]) -> dict[str, str]:
    """Field -> what it means; empty only for a reference, which its type explains."""
    said, file = behind(model), COLUMNS.get(model.__name__)
    labels = {column.name: column.label for column in columns_of(file)} if file else {}
    return {
        field.name: str(field.help_text)
        or "; ".join(filter(None, (labels.get(field.name), said.get(field.name))))
        or meaning(model.__name__, field.name)
        for field in _fields(model)
    }


def _fields(model: type[Model]) -> list[Field]:  # type: ignore[type-arg]
    return [field for field in model._meta.concrete_fields if field.name != "id"]


def _type(field: Field, codes: tuple[str, ...] | None) -> str:  # type: ignore[type-arg]
    if field.related_model is not None and not isinstance(field.related_model, str):
        return f"row of {field.related_model.__name__}" + (", at most one each" if field.one_to_one else "")
    if isinstance(field, models.DecimalField):
        return f"decimal, {field.decimal_places} places"
    if isinstance(field, models.CharField):
        return f"text, at most {field.max_length}"
    chosen = tuple(str(code) for code, _ in field.flatchoices) or codes
    if chosen:
        return "one of " + ", ".join(f"`{code}`" if code else "empty" for code in chosen)
    return next((words for kind, words in TYPES if isinstance(field, kind)), type(field).__name__)


def _listed(model: type[Model]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The fields that a constraint of the database holds to a list of codes."""
    for constraint in model._meta.constraints:
        if not isinstance(constraint, models.CheckConstraint) or not isinstance(constraint.condition, Q):
            continue
        condition = constraint.condition
        if condition.negated or len(condition.children) != 1 or not isinstance(condition.children[0], tuple):
            continue
        name, values = condition.children[0]
        if name.endswith("__in"):
            yield name.removesuffix("__in"), tuple(str(value) for value in values)

"""The components that every page is built of. `/styleguide/` shows each in every state."""

from __future__ import annotations

from django import template

from trials.ui.tags import buttons, figures, forms, frame, lists, signs, speaking, wording

register = template.Library()
for part in (wording, speaking, frame, signs, buttons, lists, forms, figures):
    register.tags.update(part.register.tags)
    register.filters.update(part.register.filters)

"""The template tags of `{% load ui %}`, by what they draw; `trials/templatetags/ui.py` gathers them."""

from __future__ import annotations

from django.db import models

from trials.models.protocol import Site


class Unit(models.Model):
    """Whoever can be randomised: a trial id at a site."""

    PERSONAL: tuple[str, ...] = ()

    trial_id = models.TextField(unique=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="units")

    def __str__(self) -> str:
        return self.trial_id

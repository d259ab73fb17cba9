from __future__ import annotations

from zoneinfo import ZoneInfo

from django.db import models


class Trial(models.Model):
    PERSONAL: tuple[str, ...] = ()

    code = models.TextField(unique=True)
    title = models.TextField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code


class ProtocolVersion(models.Model):
    """One file as loaded. The newest by `in_force_from` rules; every record keeps the digest it was made under."""

    PERSONAL: tuple[str, ...] = ()

    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="protocols")
    version = models.TextField()
    digest = models.CharField(max_length=64, unique=True)
    text = models.TextField()
    in_force_from = models.DateTimeField()
    reason = models.TextField(blank=True)
    made_by_import = models.BooleanField(default=False)

    class Meta:
        ordering = ["-in_force_from", "-pk"]


class Site(models.Model):
    PERSONAL: tuple[str, ...] = ()

    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="sites")
    code = models.TextField()
    name = models.TextField()
    timezone = models.TextField()

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["trial", "code"], name="site_code_once")]

    def __str__(self) -> str:
        return self.code

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

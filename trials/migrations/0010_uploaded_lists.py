"""A stratum whose arms come from an uploaded list knows where the list ends, and never stands beyond it."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("trials", "0009_envelopes")]

    operations = [
        migrations.AddField("stratum", "last_seq", models.PositiveIntegerField(null=True)),
        migrations.AddConstraint(
            "stratum",
            models.CheckConstraint(condition=Q(last_seq=None) | Q(next_seq__lte=F("last_seq") + 1), name="stratum_within_its_list"),
        ),
    ]

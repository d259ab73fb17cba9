"""In which formats beside CSV an export was asked for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outcomes", "0006_alert_calls")]

    operations = [migrations.AddField("export", "formats", models.JSONField(default=list))]

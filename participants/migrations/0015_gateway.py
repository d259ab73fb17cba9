"""Text messages by a gateway: its callbacks, how far a message got, how many segments it took, and how much room a provider has."""

import django.db.models.deletion
from django.db import migrations, models

from trials.database import audited, granted, written_once

FORWARD = """
CREATE FUNCTION delivery_goes_forward() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.delivery IN ('delivered', 'failed') OR NEW.delivery = '' THEN
        RAISE EXCEPTION 'what became of a message is not taken back'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'delivery_goes_forward';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION delivery_goes_forward() FROM PUBLIC;
CREATE TRIGGER delivery_goes_forward BEFORE UPDATE ON participants_message
    FOR EACH ROW WHEN (OLD.delivery IS DISTINCT FROM NEW.delivery) EXECUTE FUNCTION delivery_goes_forward();
"""
BACK = "DROP TRIGGER delivery_goes_forward ON participants_message; DROP FUNCTION delivery_goes_forward();"


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0014_observations"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeliveryReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.TextField(
                        choices=[("accepted", "Accepted"), ("delivered", "Delivered"), ("failed", "Failed"), ("stopped", "Stopped")]
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=40)),
                ("signature", models.CharField(max_length=64, unique=True)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ProviderBucket",
            fields=[
                ("channel", models.TextField(primary_key=True, serialize=False)),
                ("full_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="availability",
            name="availability_channel_known",
        ),
        migrations.RemoveConstraint(
            model_name="availability",
            name="availability_only_messages_pause_or_bounce",
        ),
        migrations.AddField(
            model_name="message",
            name="delivery",
            field=models.TextField(
                blank=True,
                choices=[("", "Untold"), ("accepted", "Accepted"), ("delivered", "Delivered"), ("failed", "Failed")],
                db_default="",
                default="",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="delivery_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="reference",
            field=models.CharField(blank=True, max_length=32, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="messageattempt",
            name="segments",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="availability",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["email", "sms", "none"])), name="availability_channel_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="availability",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("channel", "none"), _negated=True), models.Q(("bounced_at", None), ("paused_until", None)), _connector="OR"
                ),
                name="availability_only_messages_pause_or_bounce",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("delivery__in", ["", "accepted", "delivered", "failed"])), name="message_delivery_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("delivery", ""), ("delivery_at", None)),
                    models.Q(models.Q(("delivery", ""), _negated=True), ("delivery_at__isnull", False), ("reference__isnull", False)),
                    _connector="OR",
                ),
                name="message_delivery_told_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="messageattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(("segments", None), ("segments__gt", 0), _connector="OR"), name="attempt_segments_counted"
            ),
        ),
        migrations.AddField(
            model_name="deliveryreport",
            name="message",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="reports", to="participants.message"),
        ),
        migrations.AddConstraint(
            model_name="deliveryreport",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["accepted", "delivered", "failed", "stopped"])), name="delivery_report_status_known"
            ),
        ),
        *audited("participants_deliveryreport", "SELECT, INSERT"),
        *written_once(["participants_deliveryreport"]),
        granted("participants_providerbucket", "SELECT, INSERT, UPDATE"),  # no history: it counts messages, whose history is kept
        migrations.RunSQL(FORWARD, BACK),
    ]

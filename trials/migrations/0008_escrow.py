"""Seeds split into three shares that are kept nowhere; a restore by two people renews the seal, and nothing else can."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials.database import audited, written_once

TABLES = ["trials_escrow", "trials_escrowshare", "trials_escrowreading", "trials_seedrestore"]

SEAL_RENEWED = """
CREATE FUNCTION seal_renewed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE trials_scheme SET sealed_seed = NEW.sealed_seed WHERE id = NEW.scheme_id;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION seal_renewed() FROM PUBLIC;
CREATE TRIGGER seal_renewed AFTER INSERT ON trials_seedrestore FOR EACH ROW EXECUTE FUNCTION seal_renewed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("trials", "0007_batches"),
    ]

    operations = [
        migrations.CreateModel(
            name="Escrow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("issue", models.PositiveIntegerField()),
                ("issued_by", models.TextField()),
                ("issued_at", models.DateTimeField()),
                ("scheme", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="escrows", to="trials.scheme")),
            ],
        ),
        migrations.CreateModel(
            name="EscrowShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("fingerprint", models.CharField(max_length=64, unique=True)),
                ("escrow", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="trials.escrow")),
                (
                    "keeper",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="shares_kept", to=settings.AUTH_USER_MODEL),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EscrowReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "share",
                    models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="reading", to="trials.escrowshare"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SeedRestore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_share", models.PositiveIntegerField()),
                ("second_share", models.PositiveIntegerField()),
                ("sealed_seed", models.BinaryField()),
                ("at", models.DateTimeField()),
                (
                    "restored_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="seeds_restored", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "restored_with",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="seeds_restored_with", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("scheme", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="restores", to="trials.scheme")),
            ],
        ),
        migrations.AddConstraint(
            model_name="escrow",
            constraint=models.UniqueConstraint(fields=("scheme", "issue"), name="escrow_issue_once"),
        ),
        migrations.AddConstraint(
            model_name="escrow",
            constraint=models.CheckConstraint(condition=models.Q(("issue__gte", 1)), name="escrow_issues_count_from_one"),
        ),
        migrations.AddConstraint(
            model_name="escrowshare",
            constraint=models.UniqueConstraint(fields=("escrow", "number"), name="share_number_once"),
        ),
        migrations.AddConstraint(
            model_name="escrowshare",
            constraint=models.UniqueConstraint(fields=("escrow", "keeper"), name="one_share_a_keeper"),
        ),
        migrations.AddConstraint(
            model_name="escrowshare",
            constraint=models.CheckConstraint(condition=models.Q(("number__gte", 1), ("number__lte", 3)), name="share_is_one_of_three"),
        ),
        migrations.AddConstraint(
            model_name="escrowshare",
            constraint=models.CheckConstraint(
                condition=models.Q(("fingerprint__regex", "^[0-9a-f]{64}$")), name="share_kept_as_fingerprint_alone"
            ),
        ),
        migrations.AddConstraint(
            model_name="seedrestore",
            constraint=models.CheckConstraint(
                condition=models.Q(("first_share__gte", 1), ("first_share__lt", models.F("second_share")), ("second_share__lte", 3)),
                name="restored_from_two_shares",
            ),
        ),
        migrations.AddConstraint(
            model_name="seedrestore",
            constraint=models.CheckConstraint(
                condition=models.Q(("restored_by", models.F("restored_with")), _negated=True), name="restored_by_two_people"
            ),
        ),
        *(operation for table in TABLES for operation in audited(table, "SELECT, INSERT")),
        *written_once(TABLES),
        migrations.RunSQL(SEAL_RENEWED, "DROP TRIGGER seal_renewed ON trials_seedrestore; DROP FUNCTION seal_renewed()"),
    ]

"""Paper forms entered by a second person too: which, both entries, and what settled their differences."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials.database import audited, written_once

# Both versions are of this form, which was drawn for it; the first is somebody else's, the second this person's own.
BY_ANOTHER = """
CREATE FUNCTION entered_by_another() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.outcomes_assessment form
        JOIN public.outcomes_assessmentversion one ON one.assessment_id = form.id AND one.id = NEW.first_id
        JOIN public.outcomes_assessmentversion two ON two.assessment_id = form.id AND two.id = NEW.second_id
        WHERE form.id = NEW.assessment_id AND form.twice
          AND one.actor <> 'user:' || NEW.user_id AND two.actor = 'user:' || NEW.user_id
    ) THEN
        RAISE EXCEPTION 'a second entry is made by another person' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER entered_by_another BEFORE INSERT ON outcomes_secondentry FOR EACH ROW EXECUTE FUNCTION entered_by_another();
"""


def version(name: str) -> tuple[str, models.OneToOneField]:
    return name, models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="outcomes.assessmentversion")


class Migration(migrations.Migration):
    dependencies = [
        ("outcomes", "0007_export_formats"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="assessment",
            name="twice",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(("twice", False), ("mode", "paper"), _connector="OR"), name="assessment_twice_is_paper"
            ),
        ),
        migrations.CreateModel(
            name="SecondEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_completed_on", models.DateField()),
                ("completed_on", models.DateField()),
                ("compared", models.PositiveSmallIntegerField()),
                ("differing", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "assessment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="second_entry", to="outcomes.assessment"
                    ),
                ),
                version("first"),
                version("second"),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="second_entries", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("differing__lte", models.F("compared"))), name="second_entry_differs_in_what_it_compares"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Adjudication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("choices", models.JSONField()),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="adjudication", to="outcomes.secondentry"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="adjudications", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="adjudication_has_a_reason")
                ],
            },
        ),
        *[step for name in ("secondentry", "adjudication") for step in audited(f"outcomes_{name}", "SELECT, INSERT")],
        *written_once(["outcomes_secondentry", "outcomes_adjudication"]),
        migrations.RunSQL(BY_ANOTHER, "DROP TRIGGER entered_by_another ON outcomes_secondentry; DROP FUNCTION entered_by_another();"),
    ]

"""Attempts to reach somebody about a visit's questionnaires: append-only."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from trials.database import audited, written_once

CHANNELS = [
    ("phone", "Telephone"),
    ("text", "Text message"),
    ("email", "E-mail"),
    ("post", "Letter"),
    ("in_person", "In person"),
]
OUTCOMES = [
    ("will_answer", "Will answer"),
    ("other_time", "Asks for another time"),
    ("declines", "Does not want to answer at this visit"),
    ("left_message", "Message left or sent"),
    ("no_answer", "No answer"),
    ("wrong_contact", "The number or address is wrong"),
]


def to(model: str) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="visit_contacts", to=model)


class Migration(migrations.Migration):
    dependencies = [
        ("outcomes", "0011_letters"),
        ("participants", "0017_attempt_letter"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="VisitContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("visit", models.TextField()),
                ("channel", models.TextField(choices=CHANNELS)),
                ("outcome", models.TextField(choices=OUTCOMES)),
                ("at", models.DateTimeField()),
                ("participant", to("participants.participant")),
                ("user", to(settings.AUTH_USER_MODEL)),
            ],
            options={
                "ordering": ["at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", [code for code, _ in CHANNELS])), name="visit_contact_channel_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", [code for code, _ in OUTCOMES])), name="visit_contact_outcome_known"
                    ),
                ],
            },
        ),
        *audited("outcomes_visitcontact", "SELECT, INSERT"),
        *written_once(["outcomes_visitcontact"]),
    ]

"""What the reading room's REST writes take and answer; scores only to who may see scores, figures by arm to nobody here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rest_framework import serializers as s

from outcomes.actions.batches import MOST as MOST_TOGETHER
from outcomes.actions.keeping import Receipt
from outcomes.actions.providers import LONGEST
from outcomes.actions.randomisation_tests import DRAWS, FEWEST, MOST
from outcomes.domain.instrument import Instrument
from outcomes.domain.schema import answers_schema, dictionary_rows
from outcomes.exports.formats import formats
from outcomes.models import Alert, AlertStep, Assessment, Duty, Export, Guess, Provider, Report
from participants.models import Enrolment
from trials.api.doors import Shape
from trials.domain.randomisation.retest import SIDES, TWO_SIDED
from trials.models import Site, User


class Answers(s.DictField):
    """{"1": 2, "2": null}: item number -> answer; null or absent = missing."""

    def __init__(self, **more: Any) -> None:
        super().__init__(child=s.JSONField(allow_null=True), **more)


class Enter(Shape):
    visit = s.CharField(max_length=40)
    instrument = s.CharField(max_length=40)
    answers = Answers()
    missing = s.DictField(child=s.ChoiceField(["skipped", "refused", "dont_know", "not_asked"]), required=False)
    client_uuid = s.UUIDField()
    accept_out_of_window = s.BooleanField(required=False)


class EnterPaper(Enter):
    completed_on = s.DateField()


class CorrectAssessment(Shape):
    answers = Answers()
    missing = s.DictField(child=s.ChoiceField(["skipped", "refused", "dont_know", "not_asked"]), required=False)
    reason = s.CharField(max_length=500)


class AssessmentAnswer(s.ModelSerializer[Assessment]):
    class Meta:
        model = Assessment
        fields = [
            "visit", "instrument", "answers", "missing", "mode", "language", "sent_at", "completed_at", "entered_at", "total",
            "total_unrounded", "n_answered", "rule", "severity",
        ]  # fmt: skip


class InstrumentAnswer(s.Serializer[Instrument]):
    """An instrument as its file declares it; `schema` is the JSON Schema of the answers that the writes take."""

    code = s.CharField()
    title = s.CharField()
    version = s.CharField()
    language = s.CharField()
    answered_by = s.CharField()
    scoring = s.CharField()
    rules = s.SerializerMethodField(help_text="Codes of the missing rules that a protocol may name.")
    schema = s.SerializerMethodField()
    items = s.SerializerMethodField(help_text="One row an item, sub-scale and computed number, as in item.csv.")

    def get_rules(self, instrument: Instrument) -> list[str]:
        return [rule.code for rule in instrument.rules]

    def get_schema(self, instrument: Instrument) -> dict[str, Any]:
        return answers_schema(instrument)

    def get_items(self, instrument: Instrument) -> list[dict[str, str]]:
        return [asdict(row) for row in dictionary_rows(instrument)]


class ReceiptAnswer(s.Serializer[Receipt]):
    assessment = AssessmentAnswer()
    support = s.BooleanField(help_text="An answer stands that calls for showing help at once.")


class RandomisedAnswer(s.ModelSerializer[Enrolment]):
    """The arm is read on the person's record by who may see it, never answered here."""

    trial_id = s.CharField(source="participant.trial_id")
    code = s.CharField(source="allocation.code")

    class Meta:
        model = Enrolment
        fields = ["trial_id", "code", "randomised_at", "randomised_on", "day0"]


class EnterEnvelope(Shape):
    code = s.CharField(max_length=40, help_text="As it stands on the envelope.")
    opened_at = s.DateTimeField()
    opened_by = s.SlugRelatedField(slug_field="username", queryset=User.objects.filter(is_active=True), help_text="A user name.")
    reason = s.CharField(max_length=500, help_text="Why the program could not be reached.")


class RandomiseBatch(Shape):
    trial_ids = s.ListField(
        child=s.CharField(max_length=40), max_length=MOST_TOGETHER, help_text="In the order in which they take their places."
    )


class BatchAnswer(s.Serializer[Any]):
    people = RandomisedAnswer(many=True, source="*", help_text="In the order named.")


class AlertAnswer(s.ModelSerializer[Alert]):
    trial_id = s.CharField(source="participant.trial_id")

    class Meta:
        model = Alert
        fields = [
            "trial_id", "alert_no", "kind", "trigger", "urgent", "raised_at", "contact_due_at", "first_contact_at", "risk_level",
            "closed_at", "released_at",
        ]  # fmt: skip


class StepAnswer(s.ModelSerializer[AlertStep]):
    class Meta:
        model = AlertStep
        fields = ["kind", "text", "detail", "at"]


class RaiseConcern(Shape):
    text = s.CharField(max_length=4000)


class RecordContact(Shape):
    reached = s.BooleanField()
    text = s.CharField(max_length=4000)


class AssessRisk(Shape):
    level = s.ChoiceField(["minimal", "lower", "higher"])
    text = s.CharField(max_length=4000, required=False, default="")
    answers = s.DictField(required=False)


class WithText(Shape):
    text = s.CharField(max_length=4000)


class CloseAlert(Shape):
    text = s.CharField(max_length=4000)
    password = s.CharField(max_length=256, trim_whitespace=False, write_only=True, style={"input_type": "password"})
    release = s.BooleanField(required=False, default=True)


class PutOnDuty(Shape):
    site = s.SlugRelatedField(slug_field="code", queryset=Site.objects.all(), allow_null=True)
    starts_at = s.DateTimeField()
    ends_at = s.DateTimeField()
    place = s.IntegerField(min_value=1, max_value=3, required=False, default=1)


class DutyAnswer(s.ModelSerializer[Duty]):
    place = s.IntegerField()

    class Meta:
        model = Duty
        fields = ["id", "user", "site", "starts_at", "ends_at", "place"]


class DescribeProvider(Shape):
    profession = s.CharField(max_length=LONGEST, allow_blank=True)
    qualification = s.CharField(max_length=LONGEST, allow_blank=True)
    trained_on = s.DateField(allow_null=True)
    reason = s.CharField(max_length=500, required=False)


class ProviderAnswer(s.ModelSerializer[Provider]):
    class Meta:
        model = Provider
        fields = ["user", "code", "site", "profession", "qualification", "trained_on"]


class NoteNotDone(Shape):
    visit = s.CharField(max_length=40)
    instrument = s.CharField(max_length=40)
    reason = s.CharField(max_length=500)


class TakeOffDuty(Shape):
    reason = s.CharField(max_length=500, required=False)


class CodeAnswer(s.Serializer[str]):
    code = s.SerializerMethodField(help_text="Told once; only its digest is kept.")

    def get_code(self, code: str) -> str:
        return code


class ResendLink(Shape):
    visit = s.CharField(max_length=40)


class Done(s.Serializer[Any]):
    done = s.SerializerMethodField()

    def get_done(self, _result: object) -> bool:
        return True


class RequestExport(Shape):
    view = s.ChoiceField(["closed", "blinded"])
    profile = s.ChoiceField(["full", "limited", "public"], required=False)
    cut_at = s.DateTimeField(required=False, allow_null=True, default=None)
    formats = s.ListField(child=s.ChoiceField(list(formats)), required=False, max_length=20, help_text="Beside CSV.")


class ExportAnswer(s.ModelSerializer[Export]):
    class Meta:
        model = Export
        fields = [
            "id",
            "cut_at",
            "view",
            "profile",
            "formats",
            "status",
            "step",
            "steps",
            "failure",
            "digest",
            "requested_at",
            "finished_at",
        ]


class FlowAnswer(s.Serializer[Any]):
    flow = s.JSONField(help_text="flow.json of the dataset, as of now: by arm for who may see figures by arm, pooled for all others.")
    by_arm = s.BooleanField()
    sites = s.ListField(child=s.CharField(), help_text="The sites counted; empty: all.")
    as_of = s.DateTimeField(help_text="Now; of a trial of more than a thousand people the instant at which a worker counted it.")


class ReportAnswer(s.Serializer[Any]):
    id = s.IntegerField(source="pk")
    status = s.CharField()
    as_of = s.DateTimeField()


class ChecklistsAnswer(s.ModelSerializer[Report]):
    body = s.JSONField(help_text="Each checklist with its items: state, sentences with their records, what is lacking; all not recorded.")

    class Meta:
        model = Report
        fields = ["id", "as_of", "protocol_digest", "code_version", "body"]


class RecordGuess(Shape):
    whose = s.CharField(max_length=40)
    arm = s.CharField(max_length=40, allow_blank=True, help_text="An arm's code; empty: don't know.")
    certainty = s.CharField(max_length=40, required=False, allow_blank=True, default="")


class CorrectGuess(RecordGuess):
    reason = s.CharField(max_length=500)


class GuessAnswer(s.ModelSerializer[Guess]):
    """What the same person has just told, and nothing else."""

    trial_id = s.CharField(source="participant.trial_id")

    class Meta:
        model = Guess
        fields = ["trial_id", "whose", "arm", "certainty", "visit", "at"]


class RequestRandomisationTest(Shape):
    visit = s.CharField(max_length=40)
    instrument = s.CharField(max_length=40)
    adjusted = s.BooleanField(required=False, default=False)
    side = s.ChoiceField(list(SIDES), required=False, default=TWO_SIDED)
    draws = s.IntegerField(min_value=FEWEST, max_value=MOST, required=False, default=DRAWS)
    seed = s.CharField(max_length=1024, required=False, default="")
    cut_at = s.DateTimeField(required=False, allow_null=True, default=None)


class RandomisationTestAnswer(s.ModelSerializer[Report]):
    question = s.JSONField(source="body.question")
    result = s.SerializerMethodField(help_text="T, p, its standard error, draws, seed, scheme, code digest; empty until it is done.")

    class Meta:
        model = Report
        fields = ["id", "status", "step", "steps", "failure", "as_of", "question", "result"]

    def get_result(self, report: Report) -> dict[str, Any]:
        return dict(report.body.get("result", {}))

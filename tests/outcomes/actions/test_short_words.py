"""What a telephone shows: every kind of message to a participant, in one or two segments, with a code in place of a link."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

import pytest

from outcomes.actions import reminders
from outcomes.queries import due
from participants.actions import baseline, links, messages, sessions
from participants.domain.segments import segments
from participants.models import CapturedMail, Message, Participant, TrainingSession
from tests.outcomes.actions.test_reminders import FORBIDDEN, first_follow_up, noon
from tests.outcomes.actions.test_session_messages import BEAT, DAY, HOUR, first, noon_after, people, sweep
from trials import blinding

__all__ = ["first", "people"]
TO_PARTICIPANTS = {"invitation", "nudge", "last_call", "session_day_before", "session", "missed_session", "deferred_start"}


def test_every_kind_has_short_words_that_say_no_more_than_the_letter(people, first, coordinator, at, settings) -> None:
    settings.UPLIFT_SMS_PER_MINUTE = 0
    settings.UPLIFT_BASE_URL = "https://ret-study.university.example"
    for person in (people.trains, people.waits):
        baseline.set_availability(person, preferred=[], channel="sms", by=coordinator, at=at)
    plan = blinding.deferred_plan_for(people.waits.enrolment.allocation)
    laid = sessions.lay_out_deferred(people.waits.enrolment, plan=plan, by=coordinator, at=at)
    for moment in (noon_after(first, days=-1) + 6 * HOUR, first.at - HOUR):
        sweep(moment)
    sessions.mark_missed(first, reason="not_known", by=coordinator, at=noon_after(first))
    sweep(noon_after(first))
    visit = first_follow_up()
    for day in range(visit.opens_day, visit.closes_day + 1):
        sweep(noon(people.trains, day))
    sweep(laid[0].planned_at - 6 * DAY)
    sent = Message.objects.filter(status="sent", to__startswith="participant:")
    assert {"sms"} == set(sent.values_list("channel", flat=True))
    assert set(sent.values_list("kind", flat=True)) == TO_PARTICIPANTS
    texts = list(CapturedMail.objects.filter(message_id__in=sent.values("reference")))
    assert len(texts) == sent.count()
    assert {text.to for text in texts} == {"+353 61 555 019"}
    for text in texts:
        assert segments(text.body) == (1 if "did not take place" not in text.body else segments(text.body)) <= 2, text.body
        assert not re.search(r"#t=|[\w-]{43}", text.body)
        assert not FORBIDDEN.search(re.sub(r"type \w{10}", "", text.body))
    invited = texts[-1] if "questions" in texts[-1].body else next(t for t in reversed(texts) if "questions" in t.body)
    code = re.fullmatch(r"Your questions .* Open https://ret-study\.university\.example/me/ and type (\w{10})", invited.body)[1]
    assert links.find(code, at=invited.at).visit.startswith("week")


def test_quiet_hours_hold_a_text_as_they_hold_a_letter(people, first, coordinator, at) -> None:
    baseline.set_availability(people.trains, preferred=[], channel="sms", by=coordinator, at=at)
    night = datetime.combine(first.at.date(), time(2), tzinfo=UTC)
    messages.queue(to=people.trains.actor, kind="nudge", event="sitting:x:nudge-2", channel="sms", due_at=night, by=BEAT, at=night)
    assert messages.send_due(kinds={"nudge": (lambda m, a: True, reminders.kinds()["nudge"][1])}, at=night) == {}
    held = Message.objects.get(event="sitting:x:nudge-2")
    assert (held.status, held.next_try_at > night + HOUR) == ("pending", True)


def test_who_gets_texts_is_reached_and_off_the_call_list(people, coordinator, at) -> None:
    site = people.trains.site
    assert people.trains.pk in set(due.reachable(site, at).values_list("pk", flat=True))
    baseline.set_availability(people.trains, preferred=[], channel="sms", by=coordinator, at=at)
    assert people.trains.pk in set(due.reachable(site, at + timedelta(minutes=1)).values_list("pk", flat=True))
    baseline.set_availability(people.trains, preferred=[], channel="none", by=coordinator, at=at)
    assert people.trains.pk not in set(due.reachable(site, at).values_list("pk", flat=True))


SPOKEN = [
    ("de", r"[IÖDW]\w+ .*", "Öffnen Sie https://ret-study.university.example/me/ und geben Sie "),
    ("es", r"(Sus?|Puede) .*", "Abra https://ret-study.university.example/me/ y escriba "),
]


@pytest.mark.parametrize(("code", "begins", "way_in"), SPOKEN, ids=["de", "es"])
def test_short_words_are_in_the_persons_language(people, first, coordinator, at, settings, code, begins, way_in) -> None:
    settings.UPLIFT_BASE_URL = "https://ret-study.university.example"
    Participant.objects.update(language=code)
    words, visit = reminders.kinds(), first_follow_up()
    saturday = next(first.at + n * DAY for n in range(7) if (first.at + n * DAY).weekday() == 5)
    TrainingSession.objects.filter(pk=first.pk).update(planned_at=saturday)
    plan = blinding.deferred_plan_for(people.waits.enrolment.allocation)
    sessions.lay_out_deferred(people.waits.enrolment, plan=plan, by=coordinator, at=at)
    event = f"session:{first.session_no}:{saturday:%Y%m%dT%H%MZ}"
    said = [words[kind][1](Message(to=people.trains.actor, kind=kind, event=event), at) for kind in ("session", "missed_session")]
    said.append(words["deferred_start"][1](Message(to=people.waits.actor, kind="deferred_start", event="start:1:x"), at))
    open_now = noon(people.trains, visit.opens_day)
    for kind in ("invitation", "nudge", "last_call"):
        said.append(words[kind][1](Message(to=people.trains.actor, kind=kind, event=f"sitting:{visit.code}:{kind}"), open_now))
    for one in said:
        assert segments(one.short) <= 2, one.short
        assert re.fullmatch(begins, one.short), one.short
        assert not re.search(r"\b(the|your|please|open|type|appointments?)\b", one.short, re.IGNORECASE), one.short
    assert [way_in in one.short for one in said] == [True, False, False, True, True, True]

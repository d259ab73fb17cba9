"""Celery's door to the sweeps: read the clock, call one action. Losing a task costs one sweep."""

from __future__ import annotations

import logging
from time import monotonic

from celery import shared_task

from outcomes.actions import (
    adherence_papers,
    alarm_path,
    arm_reports,
    checklists,
    closed_reports,
    comparing,
    digests,
    escalation,
    exports,
    kept_flows,
    person_reports,
    randomisation_tests,
    reminders,
    reports,
)
from outcomes.models import Export, Report
from participants.actions import messages
from trials import clock
from trials.actors import Machine
from trials.models import ProtocolVersion

log = logging.getLogger("uplift.dose")

COMPUTE = {
    reports.KIND: reports.compute,
    adherence_papers.KIND: adherence_papers.compute,
    randomisation_tests.KIND: randomisation_tests.compute,
    arm_reports.KIND: arm_reports.compute,
    person_reports.KIND: person_reports.compute,
    closed_reports.KIND: closed_reports.compute,
    **dict.fromkeys(checklists.KINDS.values(), checklists.compute),
}
SLICES_AT_ONCE = 10
GOES_ON_FOR = 10.0  # seconds: other tasks come to their turn, and a kill is no more likely to meet a message


@shared_task
def queue_due() -> None:
    """Everything due now goes into the outbox."""
    if ProtocolVersion.objects.exists():
        at = clock.now()
        reminders.queue_due(by=Machine("beat"), at=at)
        digests.queue_due(by=Machine("beat"), at=at)


@shared_task
def compare_outbox() -> None:
    """What the calendar asks for against what stands in the outbox. Says so, loudly, where something is lacking."""
    if ProtocolVersion.objects.exists():
        lacking = comparing.compare_outbox(by=Machine("beat"), at=clock.now())
        if lacking:
            logging.getLogger("uplift.outbox").error("%d messages are due by the calendar and not in the outbox", lacking)


@shared_task
def watch_alerts() -> None:
    """Alerts that nobody takes on are told on, and their path is tried every hour; apart from reminders, whatever becomes of those."""
    if ProtocolVersion.objects.exists():
        at = clock.now()
        escalation.queue_due(by=Machine("beat"), at=at)
        alarm_path.queue_canary(by=Machine("beat"), at=at)


@shared_task
def send_due() -> None:
    """Everything in the outbox whose turn has come goes out: round after round while there is more, well within a task's time."""
    enough = monotonic() + GOES_ON_FOR
    full = ProtocolVersion.objects.exists()
    while full and monotonic() < enough:
        counts = messages.send_due(kinds=reminders.kinds(), ahead=reminders.AHEAD, by=Machine("worker"), at=clock.now())
        full = sum(counts.values()) == messages.ROUND


@shared_task
def compute_reports() -> None:
    """Reports that were asked for, or one where the last has grown old."""
    if ProtocolVersion.objects.exists():
        reports.compute_due(by=Machine("worker"), at=clock.now())


@shared_task
def count_flows() -> None:
    """The flow of a trial that is too large to be counted while a page waits."""
    if ProtocolVersion.objects.exists():
        kept_flows.count_flows(by=Machine("worker"), at=clock.now())


@shared_task
def check_kept_sums() -> None:
    """Once a day: the sums kept with each session against the sets themselves. Says so, loudly, where they differ."""
    now = clock.now()
    if ProtocolVersion.objects.exists() and reports.check_is_due(now):
        different = reports.check_kept_sums(by=Machine("worker"), at=now)
        if different:
            log.error("kept sums differed from the sets for %d people; they were made anew", different)


@shared_task
def work_off_requests() -> None:
    """Whatever somebody asked for and no worker has finished: reports, of long ones the next slice, and exports."""
    for report in Report.objects.filter(status__in=[Report.Status.WAITING, Report.Status.RUNNING]).order_by("pk"):
        COMPUTE[report.kind](report, by=Machine("worker"), at=clock.now())
    for export in Export.objects.filter(status=Export.Status.WAITING).order_by("pk"):
        exports.make_export(export, by=Machine("worker"), at=clock.now())


@shared_task
def compute_report(pk: int) -> None:
    """One report that somebody waits for; of a very long one so many slices, the sweep goes on with the rest."""
    report = Report.objects.get(pk=pk)
    for _ in range(SLICES_AT_ONCE):
        report = COMPUTE[report.kind](report, by=Machine("worker"), at=clock.now())
        if report.status != Report.Status.RUNNING:
            return


@shared_task
def make_export(pk: int) -> None:
    """One export that somebody waits for."""
    exports.make_export(Export.objects.get(pk=pk), by=Machine("worker"), at=clock.now())

"""The Celery app and the whole beat timetable: plain UTC intervals; what is due is decided by the rows, not by the clockwork."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("uplift")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    timezone="UTC",
    enable_utc=True,
    task_ignore_result=True,
    result_backend=None,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_time_limit=90,
    task_soft_time_limit=80,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=500,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 120, "socket_timeout": 2, "socket_connect_timeout": 2},
    task_publish_retry=False,
)
app.autodiscover_tasks(["trials", "participants", "outcomes"])


def every(seconds: float, task: str) -> dict[str, object]:
    """A tick that is worthless once the next one is due."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


app.conf.beat_schedule = {
    "queue what is due": every(10, "outcomes.tasks.queue_due"),
    "watch safety alerts": every(10, "outcomes.tasks.watch_alerts"),
    "send what is queued": every(5, "outcomes.tasks.send_due"),
    "watch the outbox": every(300, "participants.tasks.watch_outbox"),
    "compare the outbox with the calendar": every(300, "outcomes.tasks.compare_outbox"),
    "reports": every(3600, "outcomes.tasks.compute_reports"),
    "flow of a large trial": every(600, "outcomes.tasks.count_flows"),
    "kept sums against the sets": every(3600, "outcomes.tasks.check_kept_sums"),
    "requested reports and exports": every(10, "outcomes.tasks.work_off_requests"),
}

"""Addresses of this floor."""

from __future__ import annotations

from django.urls import path

from participants.pages import gym, training, week

urlpatterns = [
    path("week/", week.week, name="week"),
    path("gym/", gym.gym, name="gym"),
    path("sessions/<int:pk>/", gym.session, name="session"),
    path("sessions/<int:pk>/start/", gym.start_session, name="start_session"),
    path("sessions/<int:pk>/log/", gym.log_set, name="log_set"),
    path("sessions/<int:pk>/finish/", gym.finish_session, name="finish_session"),
    path("sessions/<int:pk>/unwell/", gym.unwell, name="unwell"),
    path("sessions/<int:pk>/move/", week.move, name="move_session"),
    path("sessions/<int:pk>/missed/", training.mark_missed, name="mark_missed"),
    path("sessions/<int:pk>/cancel/", training.cancel_session, name="cancel_session"),
    path("sessions/<int:pk>/correct/", training.correct_session, name="correct_session"),
    path("participants/<str:trial_id>/sessions/", training.participant_sessions, name="participant_sessions"),
    path("participants/<str:trial_id>/sessions/deferred/", training.lay_out_deferred, name="lay_out_deferred"),
    path("participants/<str:trial_id>/loads/", training.loads, name="loads"),
]

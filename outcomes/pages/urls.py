"""Addresses of this floor."""

from __future__ import annotations

from django.urls import path

from outcomes.pages import assessments, course, exports, flow, me, randomisation_tests, randomise, reaching, reports, roster, safety, today

urlpatterns = [
    path("", today.today, name="today"),
    path("search/", today.search, name="search"),
    path("me/", me.start, name="me"),
    path("me/resume/", me.resume, name="me_resume"),
    path("me/question/<int:number>/", me.question, name="me_question"),
    path("me/save/<int:number>/", me.save, name="me_save"),
    path("me/support/<int:number>/", me.support, name="me_support"),
    path("me/review/", me.review, name="me_review"),
    path("me/send/", me.send, name="me_send"),
    path("me/receipt/", me.receipt, name="me_receipt"),
    path("me/stopped/", me.stopped, name="me_stopped"),
    path("participants/<str:trial_id>/visits/", assessments.visits, name="visits"),
    path("participants/<str:trial_id>/visits/<str:visit>/<str:instrument>/", assessments.assessment, name="assessment"),
    path("participants/<str:trial_id>/visits/<str:visit>/<str:instrument>/not-done/", assessments.note_not_done, name="note_not_done"),
    path("participants/<str:trial_id>/visits/<str:visit>/<str:instrument>/enter/", assessments.enter, name="enter_assessment"),
    path("participants/<str:trial_id>/visits/<str:visit>/<str:instrument>/correct/", assessments.correct, name="correct_assessment"),
    path("participants/<str:trial_id>/concern/", roster.raise_concern, name="raise_concern"),
    path("safety/", safety.safety_desk, name="safety"),
    path("safety/roster/", roster.roster, name="roster"),
    path("safety/roster/<int:pk>/take-off/", roster.take_off, name="take_off_duty"),
    path("safety/<str:trial_id>/<int:alert_no>/", safety.alert, name="alert"),
    path("safety/<str:trial_id>/<int:alert_no>/contact-details/", safety.alert_contact, name="alert_contact"),
    path("safety/<str:trial_id>/<int:alert_no>/<str:step>/", safety.alert_step, name="alert_step"),
    path("participants/<str:trial_id>/randomise/", randomise.randomise, name="randomise"),
    path("participants/<str:trial_id>/randomised/", randomise.randomised, name="randomised"),
    path("participants/<str:trial_id>/links/<str:visit>/send/", reaching.resend_link, name="resend_link"),
    path("participants/<str:trial_id>/links/<str:visit>/tablet/", reaching.tablet_code, name="tablet_code"),
    path("participants/<str:trial_id>/links/<str:visit>/revoke/", reaching.revoke_links, name="revoke_links"),
    path("flow/", flow.flow, name="flow"),
    path("reports/", reports.reports, name="reports"),
    path("reports/compute/", reports.compute_report, name="compute_report"),
    path("randomisation-test/", randomisation_tests.randomisation_test, name="randomisation_test"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<int:pk>/download/", exports.download_export, name="download_export"),
    path("participants/<str:trial_id>/course/", course.course, name="course"),
    path("call-list/", reaching.call_list, name="call_list"),
]

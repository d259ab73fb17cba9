"""Which door leads where."""

from django.urls import include, path

handler400 = "trials.pages.errors.unread"
handler500 = "trials.pages.errors.stopped"

urlpatterns = [
    path("", include("outcomes.pages.urls")),
    path("", include("participants.pages.urls")),
    path("", include("trials.pages.urls")),
    path("api/v1/", include("config.api")),
]

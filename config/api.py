"""The REST door: every write is named after its action."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

urlpatterns = [
    path("", include("outcomes.api.urls")),
    path("", include("participants.api.urls")),
    path("", include("trials.api.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="trials/api_docs.html"), name="api_docs"),
]

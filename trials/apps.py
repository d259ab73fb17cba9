from django.apps import AppConfig


class TrialsConfig(AppConfig):
    name = "trials"
    verbose_name = "Trial office"

    def ready(self) -> None:
        from trials.api import schema  # noqa: F401  (registers how to authenticate)

from django.apps import AppConfig


class OutcomesConfig(AppConfig):
    name = "outcomes"
    verbose_name = "Reading room"

    def instruments(self) -> tuple[str, ...]:
        """The questionnaires of this house, for whoever checks a protocol on a lower floor."""
        from outcomes.instruments import instruments

        return tuple(instruments)

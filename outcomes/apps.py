from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from trials.domain.protocol.questionnaires import Questionnaire


class OutcomesConfig(AppConfig):
    name = "outcomes"
    verbose_name = "Reading room"

    def instruments(self) -> dict[str, Questionnaire]:
        """The questionnaires of this house, for whoever checks a protocol on a lower floor."""
        from outcomes.instruments import instruments
        from trials.domain.protocol.questionnaires import Questionnaire

        return {
            code: Questionnaire(
                items=tuple(item.number for item in instrument.items),
                rules=tuple(rule.code for rule in instrument.rules),
                has_total=instrument.scoring != "none",
                follows=tuple(dict.fromkeys(source for source, _ in (instrument.derived_from or {}).values())),
            )
            for code, instrument in instruments.items()
        }

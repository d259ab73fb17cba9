"""`describe_randomisation [--records] [--json]`: CONSORT 2025 items 17a to 19 from scheme, role table and audit.

Block sizes, bounds and probabilities are told once randomisation is closed.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from trials import statement
from trials.domain.statement import TITLES, paragraphs
from trials.domain.statement import statement as told


class Command(BaseCommand):
    help = "Describe randomisation as a report needs it, from the records alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--records", action="store_true", help="name the record behind each sentence")
        parser.add_argument("--json", action="store_true", help="every sentence with item and record, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        sentences = told(statement.facts(), details=statement.all_closed())
        if options["json"]:
            self.stdout.write(json.dumps([asdict(sentence) for sentence in sentences], indent=2))
            return
        for item, text in paragraphs(sentences).items():
            self.stdout.write(f"{item} {TITLES[item]}\n{text}")
            for sentence in sentences if options["records"] else ():
                if sentence.item == item:
                    self.stdout.write(f"  {sentence.text} [{sentence.record}]")

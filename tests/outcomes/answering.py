"""The Limerick protocol with another way of answering, put in force as an amendment."""

from __future__ import annotations

from datetime import datetime

from tests.cast import LIMERICK, SHELL
from trials.actions.protocol import load_protocol


def answered(at: datetime, *, version: str = "1.1", asked: str = '"phq9", "gad7"', **keys: str) -> None:
    """`keys` of the table [answering], each as TOML writes it; `asked` are the instruments of every visit."""
    table = "".join(f"{key} = {value}\n" for key, value in keys.items())
    text = LIMERICK.read_text().replace('version = "1.0"', f'version = "{version}"', 1) + f"\n[answering]\n{table}"
    text = text.replace('instruments = ["phq9", "gad7"]', f"instruments = [{asked}]")
    load_protocol(text, reason="How people answer", by=SHELL, at=at)

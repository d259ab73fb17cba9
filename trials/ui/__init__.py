"""Sight only: how facts are worded, drawn and laid out. No rule of the trial and no query stands here."""

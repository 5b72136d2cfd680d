"""Datasets: what personal data is in them, what it discloses, and the anonymization checklist."""

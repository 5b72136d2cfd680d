"""Measure what two short runs emit with codecarbon, which appends both to one file (torch)."""

from __future__ import annotations

import platform

from codecarbon import OfflineEmissionsTracker

from tests.cards.make_fixtures.keep import keep, workplace

if __name__ == "__main__":
    with workplace() as folder:
        for _ in range(2):
            with OfflineEmissionsTracker(
                project_name="opinions",
                country_iso_code="FRA",
                force_cpu_power=65,
                tracking_mode="process",
                allow_multiple_runs=True,
                log_level="error",
            ):
                sum(number * number for number in range(3_000_000))
        measured = (folder / "emissions.csv").read_text("utf-8")
        (folder / "emissions.csv").write_text(measured.replace(platform.platform(), "Linux-x86_64"), "utf-8")
        keep(folder, "codecarbon", "codecarbon")

"""Say in plain words what a service is missing or has wrong, and what to do about each."""

from bot.doctor.diagnose import diagnose
from bot.doctor.findings import Finding, Level, as_text
from bot.doctor.observations import Observations
from bot.doctor.observe import observe

__all__ = ["Finding", "Level", "Observations", "as_text", "diagnose", "observe"]

"""Everything that can go wrong around a release, tried at each of its requests and steps: ``make faults``."""

"""The anonymization checklist: what a program found, what a person has to say, and whose word it rests on."""

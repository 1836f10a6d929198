"""Screening of text: pure functions from text to findings. Nothing of Django, and no word of the text in a finding."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The invented community of the demo mode; nothing else of the site knows it."""

    name = "demo"

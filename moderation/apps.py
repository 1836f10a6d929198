from django.apps import AppConfig


class ModerationConfig(AppConfig):
    """Reports, the queue, decisions with their reasons, and appeals."""

    name = "moderation"

    def ready(self) -> None:
        """Have the apps below tell when somebody has to look at something."""
        from credentials.actions import steps
        from forum import waiting
        from forum.actions import watching
        from moderation import actions, letters, statistics
        from notifications.kinds import QUEUE
        from notifications.letters import LETTERS

        LETTERS.update({QUEUE: letters.queue, letters.ALERT: letters.alert})
        watching.needs_eyes.append(actions.open_for_post)
        waiting.typical_waits.append(statistics.typical_wait)
        steps.state_changed.append(actions.follow_credential)

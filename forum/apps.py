from django.apps import AppConfig


class ForumConfig(AppConfig):
    name = "forum"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from forum.kept_posts import claim_kept_posts
        from forum.letters import digest, waiting
        from notifications.kinds import DIGEST, WAITING
        from notifications.letters import LETTERS

        LETTERS.update({DIGEST: digest, WAITING: waiting})
        user_logged_in.connect(claim_kept_posts, dispatch_uid="forum.claim_kept_posts")

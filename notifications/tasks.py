from django.tasks import task

# The actions enqueue these, so what they need is imported where it runs.


@task()
def spread_news() -> int:
    """Tell followers of new replies. It runs after each reply, and every minute for what a lost task left."""
    from notifications import actions

    return actions.spread_news()


@task()
def forget_old() -> int:
    from notifications import actions

    return actions.forget_old()

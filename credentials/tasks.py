from django.tasks import task

# The actions enqueue tell_holder, so what it needs is imported where it runs.


@task()
def tell_holder(credential: int, what: str) -> None:
    """Mail the holder that something happened; the page tells what."""
    from credentials import mail
    from credentials.models import Credential, CredentialEvent

    row = Credential.objects.without_particulars().select_related("user").get(pk=credential)
    mail.tell(row, CredentialEvent.What(what))


@task()
def end_badges() -> int:
    from credentials import actions

    return actions.expire_due()


@task()
def remind_holders() -> int:
    from credentials import actions

    return actions.remind_due()


@task()
def delete_evidence() -> int:
    from credentials import actions

    return actions.delete_old_evidence() + actions.delete_stray_files() + actions.forget_old_requests()

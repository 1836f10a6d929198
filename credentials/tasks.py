from django.tasks import task


@task()
def tell_holder(credential: int, what: str) -> None:
    """Mail the holder that something happened; the page tells what."""
    from credentials import mail
    from credentials.models import Credential, CredentialEvent

    row = Credential.objects.without_particulars().select_related("user").get(pk=credential)
    mail.tell(row, CredentialEvent.What(what))


@task()
def keep_credentials() -> int:
    """Everything that the clock does to credentials."""
    from credentials import actions

    return actions.expire_due() + actions.remind_due() + actions.delete_old_evidence() + actions.forget_old_drafts()

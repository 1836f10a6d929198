"""What the scripts of the pages say (static/js/modules/words.js), translated like every other word."""

from django.utils.translation import gettext_lazy as _

SCRIPT_WORDS = {
    "draft_saved": _("Draft saved"),
    "draft_signed_out": _(
        "You have been signed out. Post as usual: you will be asked to sign in, and your text is kept."
    ),
    "draft_failed": _("The draft could not be saved. Keep this page open."),
    "draft_offline": _("No connection: the draft is not saved yet."),
    "post_offline": _("There is no connection. Your text is still here: post it again when you are back online."),
    "mark_offline": _("There is no connection. Your mark was not saved; try again in a moment."),
    "signed_out": _("You have been signed out. Sign in and try again."),
    "failed": _("This did not work. Load the page again and try once more."),
    "quoted": _("The quote is in your reply."),
    "people": _("People in this question"),
    "people_found": _("People to choose from with the arrow keys: {number}"),
    "show": _("Show"),
    "hide": _("Hide"),
    "passkey_exists": _("This device has a passkey for your account already."),
    "passkey_unused": _("No passkey was used. Try again, or choose another way."),
    "passkey_failed": _("The passkey did not work. Try again, or choose another way."),
}

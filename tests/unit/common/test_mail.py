from django.core import mail

from common.mail import send_mail


def html_of(message) -> str:
    (alternative,) = message.alternatives
    assert alternative.mimetype == "text/html"
    return alternative.content


def test_a_mail_goes_as_text_and_as_a_page():
    send_mail("ann@example.org", "Your code", "Hello,\n\nABC-123\n\nOpen\nhttp://testserver/a/?b=1&c=2\n\nTeam")
    (message,) = mail.outbox
    page = html_of(message)
    assert message.body.startswith("Hello,")
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert '<p class="code">ABC-123</p>' in page
    assert '<a href="http://testserver/a/?b=1&amp;c=2">http://testserver/a/?b=1&amp;c=2</a>' in page
    assert "<p>Hello,</p>" in page


def test_what_people_wrote_is_never_markup_nor_a_link():
    send_mail("ann@example.org", "News", "<script>x</script>\n\nhttps://evil.example/\nhttp://testserver/ and words")
    page = html_of(mail.outbox[0])
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<a " not in page


def test_the_page_asks_for_nothing():
    send_mail("ann@example.org", "News", "Hello")
    page = html_of(mail.outbox[0])
    assert not any(word in page for word in ("<img", "<link", "@import", "url(", "src=", "<script"))

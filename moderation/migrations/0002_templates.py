"""Ready words to begin with; every site makes them its own."""

from django.db import migrations

TEMPLATES = [
    ("Crisis: you are not alone", "safe", "Thank you for writing this here. It takes courage. You matter to us, and you do not have to get through this alone. Please talk to somebody now: the page “Find help now”, at the top of every page, has a line for your country that is free. Are you safe at this moment? If not, call your emergency number."),
    ("Details taken out", "edit", "I have taken out details that could harm somebody who reads them, and left everything else as you wrote it. Your question stays open, and people can answer it."),
    ("Personal details taken out", "edit", "I have taken out details that could tell others who you, or somebody else, are. Anyone can read this page. Nothing else was changed."),
    ("Please change it", "hold", "Please change what is named above. Edit it, and a moderator reads it again. Nothing of it is lost until then."),
    ("Medicines", "remove", "Here nobody may offer, ask for or share medicines, not even spare ones: what helps one person can harm another. A pharmacist or a doctor can tell you how to get what you need."),
    ("Dangerous advice", "hide", "Following this could harm somebody who reads it. If you know a source that supports it, write it again with that source."),
    ("Be kind", "warn", "Many people here are frightened or in pain. Please say the same thing in a way that you could hear yourself on a bad day."),
    ("Advertising", "remove", "This is a place without advertising, for products, pages or oneself."),
    ("Moved", "move", "Your question is in another forum now, where people who know about it will see it. Its address leads there."),
    ("Put together", "merge", "There was a question about the same thing already. Both are in one place now, so that all answers stand together."),
]  # fmt: skip


def add(apps, schema_editor):
    template = apps.get_model("moderation", "MessageTemplate")
    for position, (name, action, text) in enumerate(TEMPLATES):
        template.objects.get_or_create(name=name, defaults={"action": action, "text": text, "position": position})


class Migration(migrations.Migration):
    dependencies = [("moderation", "0001_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]

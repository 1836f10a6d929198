"""The mailbox that takes what comes back (BOUNCE_MAILBOX): read over IMAP or POP, or a folder of this machine."""

import contextlib
import imaplib
import mailbox
import poplib
import ssl
from collections.abc import Callable, Iterator
from typing import Any, Protocol

TIMEOUT = 30
FAILURES = (OSError, EOFError, imaplib.IMAP4.error, poplib.error_proto, mailbox.Error)


class MailboxAway(Exception):
    """It cannot be reached or opened now."""


class Mailbox(Protocol):
    """Messages, the oldest first. Those taken out are gone for good when it is closed, if not before."""

    def names(self) -> list[str]: ...

    def read(self, name: str, at_most: int) -> bytes | None:
        """The first bytes of a message, one more than `at_most` if it is longer; None where it has gone meanwhile."""

    def take_out(self, name: str) -> None: ...

    def close(self) -> None: ...


@contextlib.contextmanager
def opened(where: dict[str, Any]) -> Iterator[Mailbox]:
    """The mailbox, closed at the end, also of work that failed: then with what had been taken out. Or MailboxAway."""
    try:
        box = KINDS[where["scheme"]](where)
        try:
            yield box
        except BaseException:
            with contextlib.suppress(*FAILURES):
                box.close()
            raise
        box.close()
    except FAILURES as error:
        raise MailboxAway(type(error).__name__) from error


@contextlib.contextmanager
def closed_on_failure(hang_up: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        hang_up()
        raise


class Folder:
    """A maildir, into which a mail server of this machine delivers."""

    def __init__(self, where: dict[str, Any]) -> None:
        self.box = mailbox.Maildir(where["path"], create=False)

    def names(self) -> list[str]:
        return sorted(self.box.keys())

    def read(self, name: str, at_most: int) -> bytes | None:
        try:
            with self.box.get_file(name) as file:
                return bytes(file.read(at_most + 1))
        except (KeyError, FileNotFoundError):
            return None

    def take_out(self, name: str) -> None:
        self.box.discard(name)

    def close(self) -> None:
        self.box.close()


class Imap:
    def __init__(self, where: dict[str, Any]) -> None:
        context = ssl.create_default_context()
        self.server = imaplib.IMAP4_SSL(where["host"], where["port"], ssl_context=context, timeout=TIMEOUT)
        with closed_on_failure(self.server.shutdown):
            self.server.login(where["user"], where["password"])
            answer, _data = self.server.select(f'"{where["folder"]}"')
            if answer != "OK":
                raise imaplib.IMAP4.error("no such folder")

    def names(self) -> list[str]:
        _answer, data = self.server.uid("SEARCH", "UNDELETED")
        return [name.decode() for name in (data[0] or b"").split()]

    def read(self, name: str, at_most: int) -> bytes | None:
        _answer, data = self.server.uid("FETCH", name, f"(BODY.PEEK[]<0.{at_most + 1}>)")
        return next((bytes(part[1]) for part in data if isinstance(part, tuple)), None)

    def take_out(self, name: str) -> None:
        self.server.uid("STORE", name, "+FLAGS.SILENT", r"(\Deleted)")

    def close(self) -> None:
        with self.server:  # which signs out and hangs up
            self.server.expunge()


class Pop:
    def __init__(self, where: dict[str, Any]) -> None:
        self.where, self.out = where, list[str]()
        self._connect()

    def _connect(self) -> None:
        context = ssl.create_default_context()
        self.server = poplib.POP3_SSL(self.where["host"], self.where["port"], timeout=TIMEOUT, context=context)
        with closed_on_failure(self.server.close):
            self.server.user(self.where["user"])
            self.server.pass_(self.where["password"])
            sizes = dict(line.split()[:2] for line in self.server.list()[1])
            uids = [line.split()[:2] for line in self.server.uidl()[1]]
        self.messages = {uid.decode(): (int(number), int(sizes[number])) for number, uid in uids}

    def names(self) -> list[str]:
        return sorted(self.messages, key=self.messages.__getitem__)

    def read(self, name: str, at_most: int) -> bytes | None:
        number, size = self.messages[name]
        try:
            return b"\n".join(self.server.retr(number)[1]) if size <= at_most else bytes(at_most + 1)
        except poplib.error_proto as error:
            if "line too long" not in str(error):
                raise
            self.server.close()  # the rest of that line is still on its way
            self._connect()
            return bytes(at_most + 1)

    def take_out(self, name: str) -> None:
        self.out.append(name)

    def close(self) -> None:
        with closed_on_failure(self.server.close):
            for name in self.out:
                if name in self.messages:
                    self.server.dele(self.messages[name][0])
            self.server.quit()


KINDS: dict[str, type[Folder | Imap | Pop]] = {"maildir": Folder, "imaps": Imap, "pop3s": Pop}

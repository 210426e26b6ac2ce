"""Total-queue, as Jepsen has it, for an office mailbox: of all that was put in nothing is lost, doubled or unexpected. What came out is read
from the ledger's tables by plain SQL, from the archive's files and from the addressees' mailboxes; no code of mailbot is asked."""

import hashlib
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tests.model.books import DAILY, NUMBER, STATES, Books, Broken, moment, opened, stated, words
from tests.model.delivered import Mailboxes
from tests.model.mails import Mail
from tests.model.rules import SENDS_FOR, STAFF


@dataclass
class Checker(Mailboxes):
    """`always` holds at every moment, after whatever crash; `at_rest` once everything is up again and nothing waits."""

    # --- always -----------------------------------------------------------------------------------------------------------

    def witness(self, raw: bytes, recipient: str) -> None:
        """While a letter is on its way out: what it says was registered is committed already, and archived (P3)."""
        signs = stated(raw)
        if not signs:
            return
        books = opened(self.home)
        filed = {r["sha256"][:8] for r in books.filings}
        if lost := [s for s in signs if s not in filed]:
            raise Broken("P3", f"a letter to {recipient} says that {lost} are registered, which no committed row holds")
        self._archived({books.messages[r["message"]]["sha256"] for r in books.filings if r["sha256"][:8] in signs})

    def always(self) -> Books:
        books = opened(self.home)
        self._one_state(books)
        self._who_files(books)
        self._letters_explained(books)
        self._receipts_hold(books)
        self._delivered(books)
        return books

    def _archived(self, sums: Iterable[str]) -> None:
        for sha256 in sums:
            file = self.home / "archive" / sha256[:2] / f"{sha256}.eml"
            if not file.exists() or hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
                raise Broken("P2", f"the archive does not hold {sha256[:12]} as it came")

    def _one_state(self, books: Books) -> None:
        """P1, P2, P14: one state a content, the bytes as they came, the moment of the server."""
        sums = Counter(r["sha256"] for r in books.messages.values())
        if doubled := [s for s, n in sums.items() if n > 1]:
            raise Broken("P2", f"taken more than once: {doubled}")
        ids: Counter[tuple[str, str]] = Counter()
        for row in books.messages.values():
            mails = self.mails_of(row["sha256"])
            if not mails:
                raise Broken("unexpected", f"a mail in the ledger that nobody sent: {row['sha256'][:12]}")
            if row["disposition"] not in STATES or (mails[0].dispositions and row["disposition"] not in mails[0].dispositions and not self._vouchable(mails[0])):
                raise Broken("P2", f"{mails[0].kind} ended as {row['disposition']}")
            moments = {self.at[n].replace(microsecond=0) for n, m in enumerate(self.put_in) if m.sha256 == row["sha256"]}
            if moment(row["received_at"]) not in moments:
                raise Broken("P14", f"{mails[0].kind} received at {row['received_at']}, the server said {moments}")
            ids[row["message_id"], mails[0].kind] += 0
        self._archived(self._fresh(sums))
        for row in books.sightings:
            if row["message"] not in books.messages:
                raise Broken("P2", f"seen and in no state: uid {row['uid']}")

    def _fresh(self, sums: Iterable[str]) -> list[str]:
        """Those that were not looked at yet, and all of them at rest: an archived file never changes."""
        new = [s for s in sums if not self.told[f"archived {s}"]]
        self.told.update(f"archived {s}" for s in new)
        return new

    def _vouchable(self, mail: Mail) -> bool:
        return mail.sha256 in self.vouched or mail.sender in self.registered or mail.odd or not self._stable(mail)

    def _who_files(self, books: Books) -> None:
        """P8, and no filing of anything that did not come."""
        for row in books.filings:
            message = books.messages[row["message"]]
            mails = self.mails_of(message["sha256"])
            if not any(row["sha256"] in m.files or m.odd or not m.files for m in mails):
                raise Broken("P8", f"a file that was not in the mail: {row['path']}")
            if not any(self._may_file(m, row["unit"]) for m in mails):
                raise Broken("P8", f"{mails[0].kind} of {mails[0].sender} filed for {row['unit']}")
        for row in books.rulings:
            if row["via"] == "mail":
                sent = self.mails_of(books.messages[row["command"]]["sha256"])
                if not any(m.order for m in sent):
                    raise Broken("P8", f"carried out without a valid word of staff: {row['act']} by {sent[0].kind}")

    def _may_file(self, mail: Mail, unit: str) -> bool:
        if mail.sha256 in self.vouched and unit in mail.vouchable:
            return True
        if mail.sender == STAFF and mail.odd:  # staff vouch for what they forward
            return unit in mail.may_file
        since = self.put_in.index(mail)
        homes = self.home_of(mail.sender, since)
        sends = homes | {other for home in homes for other in SENDS_FOR.get(home, ())}
        named = mail.may_file or (mail.vouchable if not mail.home and mail.kind == "stranger" else frozenset())
        return unit in named and unit in sends

    def _letters_explained(self, books: Books) -> None:
        """P5, and every letter has a reason."""
        registered = self.all_addresses()
        for row in books.letters.values():
            if row["message"] is None:
                if row["kind"] not in DAILY:
                    raise Broken("unexpected", f"a letter that answers nothing: {row['kind']}")
                if row["kind"] == "reminder" and row["recipient"] not in registered:
                    raise Broken("P9", f"a reminder to {row['recipient']}")
                continue
            mails = self.mails_of(books.messages[row["message"]]["sha256"])
            if all(m.automatic for m in mails):
                raise Broken("P5", f"{row['kind']} to {row['recipient']} answers a {mails[0].kind}")
            if not any(self._explains(m, row["kind"], row["recipient"]) for m in mails):
                raise Broken("unexpected", f"{row['kind']} to {row['recipient']} about a {mails[0].kind} of {mails[0].sender}")

    def _explains(self, mail: Mail, kind: str, to: str) -> bool:
        if mail.kind == "alone" or (mail.sha256 in self.vouched or not self._stable(mail) or mail.sender in self.registered):
            return True  # a person decided, or the roster changed: to whom, `_delivered` looks at
        return (to == mail.sender and kind in mail.answers) or kind in mail.others

    def _receipts_hold(self, books: Books) -> None:
        """P3: what a letter says is registered is in the ledger with the same content, and in the mail that came."""
        filed: dict[int, set[str]] = defaultdict(set)
        for row in books.filings:
            filed[row["message"]].add(row["sha256"][:8])
        everything = set().union(*filed.values()) if filed else set()
        for row in books.letters.values():
            signs = set(stated(row["raw"])) if row["raw"] else set()
            there = everything if row["kind"] in DAILY or row["key"].startswith("joined") else filed.get(row["message"], set()) | self._earlier(books, row, filed)
            if not signs <= there:
                raise Broken("P3", f"{row['kind']} {row['id']} says that {signs - there} are registered")
            if row["kind"] == "receipt" and "收齐了" in words(row["raw"]) and not signs and "零报告" not in words(row["raw"]):
                raise Broken("P3", f"receipt {row['id']} names no file")

    @staticmethod
    def _earlier(books: Books, row: sqlite3.Row, filed: dict[int, set[str]]) -> set[str]:
        """What the same mail brought before a person took it back stays told."""
        return {s for r in books.rulings if r["message"] == row["message"] for s in filed.get(row["message"], set())}

    # --- at rest ----------------------------------------------------------------------------------------------------------

    def at_rest(self, live: "set[int]") -> None:
        """Nothing lost: what lies in the mailbox is in the ledger, byte by byte, and whoever must hear of it has heard. `live`: deliveries
        that came while mail was answered."""
        self.told.clear()
        books = self.always()
        seen, states = {r["sha256"] for r in books.sightings}, {r["sha256"] for r in books.messages.values()}
        for folder, mails in self.world.folders.items():
            for lying in mails:
                sha256 = hashlib.sha256(lying.raw).hexdigest()
                mail = self.mails_of(sha256)[0]
                if sha256 not in seen:
                    raise Broken("P2", f"lost: a {mail.kind} that lies in {folder} as {lying.uid} since {lying.at}, {len(lying.raw)} bytes")
                if sha256 not in states and mail.kind != "same" and not mail.odd:
                    raise Broken("P2", f"lost: a {mail.kind} was taken for another mail")
        if left := [f"{r['kind']} {r['state']}" for r in books.letters.values() if r["state"] in ("waiting", "sending")]:
            raise Broken("lost", f"letters that wait for ever: {left}")
        self._answered(books, live)

    def _answered(self, books: Books, live: "set[int]") -> None:
        arrived = {(one.to, number) for one in self.world.sink for number in NUMBER.findall(words(one.raw))}
        excused = {row["id"] for row in books.letters.values() if row["state"] in ("failed", "bounced", "ambiguous", "shadow", "withheld", "dropped")}
        for row in books.messages.values():
            mails = self.mails_of(row["sha256"])
            first = next(n for n, m in enumerate(self.put_in) if m.sha256 == row["sha256"])
            mail = mails[0]
            if not mail.sure or first not in live or not self._stable(mail) or mail.sha256 in self.vouched:
                continue
            mine = [x for x in books.letters.values() if x["message"] == row["id"] or x["key"].startswith("joined")]
            if any(x["id"] in excused and row["number"] in words(x["raw"]) for x in mine if x["raw"]):
                continue
            if (mail.sender, row["number"]) not in arrived:
                raise Broken("lost", f"the {mail.kind} {row['number']} of {mail.sender} was never answered")

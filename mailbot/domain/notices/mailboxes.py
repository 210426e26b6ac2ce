"""The only mailbox of a notice, for duties that name no way themselves; and what its line says of the copies."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from mailbot.domain.campaigns import Copy
from mailbot.domain.notices.draft import DraftDuty
from mailbot.domain.notices.flat import flat
from mailbot.domain.notices.head import head_of
from mailbot.domain.notices.notice import Notice, Sentence
from mailbot.domain.notices.offices import means
from mailbot.domain.notices.papers import copies_of

_OWNER = re.compile(
    r"(?:发送?[至到给]|报送?[至到给]?|[至到]|^|[,。;:(])(?P<owner>[^,。;:()@至到]{2,20}?(?:局|委|办|厅|部|处|科|股|室|中心|院|站|所|队|会|校|组))的?(?:专用|工作|报送|联系|电子)*(?:邮箱|信箱)"
)
_SAYS_HOW = re.compile(
    r"^(?:(?:以上|上述|所有|有关|相关)?(?:材料|报表|资料|附件)?的?(?:请|均|统一)?(?:电子|盖章|扫描|word|pdf|纸质)|请?将?(?:电子|盖章|扫描))",
    re.IGNORECASE,
)


def with_mailbox(duties: Sequence[DraftDuty], notice: Notice, duty_sentences: frozenset[str]) -> Iterator[DraftDuty]:
    """The duties, with the only mailbox where it is not that of another receiver. `duty_sentences`: those that ask for something
    themselves; what they say of copies is theirs."""
    issuer = head_of(notice).issuer
    mailboxes = head_of(notice).mailboxes
    places = [s for s in notice.sentences if len(mailboxes) == 1 and mailboxes[0].lower() in flat(s.text).text.lower()]
    owner = next((found["owner"] for s in places if (found := _OWNER.search(flat(s.text).text))), "")
    copies = _copies_beside(places, duty_sentences)
    for duty in duties:
        if len(mailboxes) == 1 and not duty.channel and _is_for(duty.to, owner, issuer):
            duty = replace(duty, channel=mailboxes[0], copies=duty.copies or copies, doubts=(*duty.doubts, "邮箱按通知中唯一的邮箱计"))
        yield duty


def _is_for(receiver: str, owner: str, issuer: str) -> bool:
    """Whether a mailbox may take what goes to a receiver: one whose owner nobody names takes all."""
    if not owner or not receiver or owner in receiver or receiver in owner:
        return True
    ours = [re.match(r"[我本](?:局|委|办|厅|部|处|科|股|室|所|中心|院|校|会)", name) or means(name, issuer) for name in (owner, receiver)]
    return all(ours)


def _copies_beside(places: Sequence[Sentence], duty_sentences: frozenset[str]) -> tuple[Copy, ...]:
    """电子版请发送至…,盖章件扫描后一并发送 in a line of its own tells the copies of all."""
    found = (copies_of(flat(s.text).text) for s in places if s.text not in duty_sentences and _SAYS_HOW.match(flat(s.text).text))
    return next(filter(None, found), ())

"""A notice as a draft: everything that it says, each piece with its sentence."""

import re
from collections.abc import Mapping

from mailbot.domain.forms import FormType
from mailbot.domain.notices.annexes import forms_of
from mailbot.domain.notices.draft import Draft
from mailbot.domain.notices.duties import duties_in, years_of
from mailbot.domain.notices.head import head_of
from mailbot.domain.notices.notice import Notice
from mailbot.domain.notices.people import groups_of, units_of
from mailbot.domain.notices.spans import span_of
from mailbot.domain.notices.stages import stages_of, unread_stages
from mailbot.domain.notices.whoelse import with_doubts


def draft_of(notice: Notice, known: Mapping[str, FormType], campaign: str) -> Draft:
    """`known`: the forms of the rules; `campaign`: the id that the pack will bear, for ids of forms."""
    head = head_of(notice)
    years = years_of(notice)
    year = years.title_year or (years.issued.year if years.issued else None)
    span, said = span_of(notice, year)
    cited = {**head.cited, **({"span": said} if span else {})}
    doubts = (*head.doubts, *(() if span else ("没有找到起止时间",)), *unread_stages(notice, year), *_activities(notice))
    return Draft(
        notice.title, head.number, head.issuer, head.issued, (span.start, span.end) if span else None, stages_of(notice, year), head.mailboxes,
        with_doubts(duties_in(notice), notice, head.issuer), groups_of(notice), units_of(notice), forms_of(notice, known, campaign), tuple(cited.items()), doubts,
    )  # fmt: skip


def _activities(notice: Notice) -> tuple[str, ...]:
    """Meetings and inspections that a notice sets out are no stages, but an admin may want them on the timeline."""
    found = (s.text for s in notice.sentences if s.headings and re.search(r"活动安排|日程", s.headings[-1]))
    return tuple(f"另有活动安排，没有写进 stages：{text}" for text in found if re.search(r"\d\s*月|季度", text))

"""Whether the bot is well (系统是否正常), in sentences for the staff."""

from collections.abc import Iterator
from datetime import datetime

from mailbot.domain.digest import Health

_NAMED = 5  # letters and addresses that are named, of many


def unwell(h: Health) -> Iterator[str]:
    """What is wrong and what to do about it, the worst first."""
    if h.paused:
        yield f"发信已暂停（{h.paused}），给各单位的信都等着。恢复：mailbot outbox --resume。"
    if h.last_poll is None:
        yield "还没有从收件邮箱取过信。请用 mailbot doctor 检查。"
    elif h.poll_is_old:
        yield f"最近一次收信是 {_moment(h.last_poll)}，已过 {_hours(h)}。请看程序是否在运行，或用 mailbot doctor 检查。"
    for address, polled in h.unread:
        yield f"信箱 {address} {f'最近一次收信是 {_moment(polled)}' if polled else '还没有取过信'}，别的信箱照常。请用 mailbot doctor 检查。"
    if h.rules_refused:
        yield f"规则文件 {_moment(h.rules_refused)} 改动以后有误，没有采用，仍按原来的规则运行。错在哪里：mailbot config check。"
    if h.disk_is_low:
        yield f"磁盘只剩 {h.disk_free:.0%}（{h.disk_bytes / 1e9:.1f} GB），请清理。"
    for trouble in h.troubles[:_NAMED]:
        yield f"信{trouble.state}：{trouble.to}，{trouble.subject}{f'（{trouble.why}）' if trouble.why else ''}"
    if len(h.troubles) > _NAMED:
        yield f"这样的信共 {len(h.troubles)} 封，其余见 mailbot outbox。"
    if h.bad:
        more = f"等 {len(h.bad)} 个" if len(h.bad) > _NAMED else ""
        yield f"送不到信的邮箱：{'、'.join(h.bad[:_NAMED])}{more}。请核对后登记新的邮箱，在此之前不给它发催报提醒。"
    if h.missing_years:
        yield calendar_words(h.missing_years)
    if h.budget_days > 1:
        yield f"等着发的 {h.queue} 封信超过一天的限额，要 {h.budget_days} 天才发得完。"


def well(h: Health) -> Iterator[str]:
    if not h.poll_is_old and h.last_poll:
        yield f"最近一次收信 {_moment(h.last_poll)}。"
    yield (f"最近一次发信 {_moment(h.last_sent)}" if h.last_sent else "还没有发出过信") + f"，等着发的 {h.queue} 封。"
    if h.disk_free is not None and not h.disk_is_low:
        yield f"磁盘剩余 {h.disk_bytes / 1e9:.1f} GB（{h.disk_free:.0%}）。"
    if h.rulings or h.undone:
        yield f"上次日报以来人工定了 {h.rulings} 件，其中撤销 {h.undone} 件。"


def calendar_words(years: tuple[int, ...]) -> str:
    return f"没有录入{'、'.join(f'{year}年' for year in years)}的放假和调休安排，工作日暂按周末推算。请补进 calendar.yaml。"


def _moment(moment: datetime) -> str:
    return f"{moment.month}月{moment.day}日 {moment:%H:%M}"


def _hours(h: Health) -> str:
    assert h.last_poll is not None
    hours = int((h.as_of - h.last_poll).total_seconds() // 3600)
    return f"{hours} 小时" if hours < 48 else f"{hours // 24} 天"

"""Whether the bot is well (系统是否正常), in sentences for the staff."""

from collections.abc import Iterator

from mailbot.domain.digest import Health
from mailbot.domain.periods import spoken
from mailbot.domain.unfetched import gone_words, where

_NAMED = 5  # letters and addresses that are named, of many


def unwell(h: Health) -> Iterator[str]:
    """What is wrong and what to do about it, the worst first."""
    if h.paused:
        yield f"发信已暂停（{h.paused}），给各单位的信都等着。恢复：mailbot outbox --resume。"
    if h.last_poll is None:
        yield "还没有从收件邮箱取过信。请用 mailbot doctor 检查。"
    elif h.poll_is_old:
        yield f"最近一次收信是 {spoken(h.last_poll)}，已过 {_hours(h)}。请看程序是否在运行，或用 mailbot doctor 检查。"
    for address, polled in h.unread:
        yield f"信箱 {address} {f'最近一次收信是 {spoken(polled)}' if polled else '还没有取过信'}，别的信箱照常。请用 mailbot doctor 检查。"
    if h.watch_is_old and h.watched is not None:
        yield f"定时查看（mailbot watch）最近一次是 {spoken(h.watched)}，以后没有再看：程序要是停了，没有谁会发现。请看定时任务。"
    if h.unfetched:
        named = "；".join(f"{where(one.place)}，{one.why.removesuffix('。')}" for one in h.unfetched[:_NAMED])
        more = f"；等 {len(h.unfetched)} 封" if len(h.unfetched) > _NAMED else ""
        yield f"邮箱里有信取不回来，还没有处理：{named}{more}。程序每小时再取；请登录邮箱查看，处理后移出原来的文件夹，这里就不再列。"
    if h.vanished:
        yield gone_words(h.vanished)
    if h.unaccounted:
        yield f"有 {h.unaccounted} 封信列在邮箱里却没有下落，程序会重新列出再取；一直这样，请把日志交给维护人员。"
    if h.rules_refused:
        yield f"规则文件 {spoken(h.rules_refused)} 改动以后有误，没有采用，仍按原来的规则运行。错在哪里：mailbot config check。"
    for job in h.undone_jobs:
        yield f"{job.name}从 {spoken(job.since)} 起没能做成（{job.why}）。程序每一轮再试；改正以后自己会补上。"
    if h.disk_is_low:
        yield f"磁盘只剩 {h.disk_free:.0%}（{h.disk_bytes / 1e9:.1f} GB），请清理。"
    yield from h.faults
    if h.backup_is_old and h.backed_up is not None:
        yield f"最近一次备份是 {spoken(h.backed_up)}，已过 {(h.as_of - h.backed_up).days} 天。请看定时备份，或运行 mailbot backup。"
    if h.unsure:
        yield f"恢复备份以前可能已经发出的信还有 {h.unsure} 封没有核实，先没有发。请对照“已发送”：mailbot outbox 查看，--release 放行，--drop 不发。"
    for trouble in h.troubles[:_NAMED]:
        yield f"信{trouble.state}：{trouble.to}，{trouble.subject}{f'（{trouble.why}）' if trouble.why else ''}"
    if len(h.troubles) > _NAMED:
        yield f"这样的信共 {len(h.troubles)} 封，其余见 mailbot outbox。"
    if h.bad:
        more = f"等 {len(h.bad)} 个" if len(h.bad) > _NAMED else ""
        yield f"送不到信的邮箱：{'、'.join(h.bad[:_NAMED])}{more}。请核对后登记新的邮箱，在此之前不给它发催报提醒。"
    if h.held_back:
        more = f"等 {len(h.held_back)} 个" if len(h.held_back) > _NAMED else ""
        named = "、".join(f"{who}（{n} 封）" for who, n in h.held_back[:_NAMED])
        yield (
            f"今天已发满上限的邮箱（每个一天 {h.per_address} 封）：{named}{more}，共 {sum(n for _, n in h.held_back)} 封信等到明天早上七点以后。"
            "天天这样的，请看对方是不是开着自动答复。"
        )
    if h.missing_years:
        yield calendar_words(h.missing_years)
    if h.budget_days > 1:
        yield f"等着发的 {h.queue} 封信超过一天的限额，要 {h.budget_days} 天才发得完。"


def well(h: Health) -> Iterator[str]:
    if not h.poll_is_old and h.last_poll:
        yield f"最近一次收信 {spoken(h.last_poll)}。"
    if h.watched and not h.watch_is_old:
        yield f"定时查看 {spoken(h.watched)} 看过。" + ("" if h.alarm else "没有写警报送给谁（mailbot.yaml 的 alarm）。")
    if h.backed_up and not h.backup_is_old:
        yield f"最近一次备份 {spoken(h.backed_up)}。"
    yield (f"最近一次发信 {spoken(h.last_sent)}" if h.last_sent else "还没有发出过信") + f"，等着发的 {h.queue} 封。"
    if h.sent_again:
        yield f"上次日报以来有 {h.sent_again} 封信头一次不知是否发出，又发了一次（同一封信，编号相同），对方可能收到两封。"
    if h.disk_free is not None and not h.disk_is_low:
        yield f"磁盘剩余 {h.disk_bytes / 1e9:.1f} GB（{h.disk_free:.0%}）。"
    if h.audit.count:
        yield f"留痕 {h.audit.count} 条，校验码 {h.audit.short}。"
    if h.rulings or h.undone:
        yield f"上次日报以来人工定了 {h.rulings} 件，其中撤销 {h.undone} 件。"


def calendar_words(years: tuple[int, ...]) -> str:
    return f"没有录入{'、'.join(f'{year}年' for year in years)}的放假和调休安排，工作日暂按周末推算。请补进 calendar.yaml。"


def _hours(h: Health) -> str:
    assert h.last_poll is not None
    hours = int((h.as_of - h.last_poll).total_seconds() // 3600)
    return f"{hours} 小时" if hours < 48 else f"{hours // 24} 天"

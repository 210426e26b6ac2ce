"""One Chinese word for each idea, used by letters, commands and lists alike (README: glossary)."""

COPIES = {"editable": "可编辑版", "scan": "盖章扫描件", "annex": "附件材料", "other": "其他文件"}
DISPOSITIONS = {
    "submission": "登记", "review": "待人工", "inquiry": "询问", "command": "指令", "automatic": "自动邮件", "duplicate": "重复", "foreign": "无关",
}  # fmt: skip
REPLIES = {"receipt": "回执", "missing": "补正通知", "unknown-unit": "请说明单位", "held": "暂未登记", "inquiry": "已转联络员", "none": "不答复"}
LETTERS = {
    "receipt": "回执", "missing": "补正通知", "no-file": "没有附件", "unknown-unit": "请说明单位", "held": "暂未登记", "held-notice": "请核实代报",
    "forged-notice": "请核实冒用", "inquiry": "已转联络员", "forwarded-question": "转来的询问",
    "rejected": "退回", "granted": "同意延期或免报", "grant-undone": "撤回延期或免报", "command-held": "未执行", "command-done": "已照办",
    "command-unclear": "没有看懂", "reminder": "催报提醒", "escalation": "逾期通报", "digest": "日报", "rules-refused": "规则未采用",
}  # fmt: skip
SEVERITIES = {"error": "要改", "warning": "提醒", "note": "只给工作人员看"}
AUTOMATIC = {
    "auto-submitted": "信头写明是自动发出的", "subject": "主题是自动答复或退信的写法", "null-return-path": "退信地址是空的",
    "auto-return-path": "退信地址是自动回复的写法", "list-id": "邮件列表", "precedence": "信头写明是群发", "provider-mark": "邮箱服务商标明是自动回复",
    "text": "正文写明是自动答复", "calendar": "日程邀请", "report": "退信或已读回执", "machine-address": "发件地址是系统地址", "own-address": "本信箱自己寄的",
    "own-letter": "是本系统发出的信又回来了",
}  # fmt: skip
STATES = {
    "complete": "已收齐", "complete-late": "迟报收齐", "partial": "不全", "overdue": "逾期未报", "upcoming": "未到期", "waived": "免报",
}  # fmt: skip
LETTER_STATES = {
    "waiting": "等待", "sending": "发送中", "sent": "已发", "failed": "失败", "ambiguous": "不确定", "shadow": "只演示", "withheld": "不答复旧信",
    "joined": "并入另一封", "bounced": "被退回", "dropped": "不再需要",
}  # fmt: skip
NIL_NOT_ALLOWED = "来信说本期没有这一项，是否免报？"
ACTS = {
    "vouch": "确认来信单位", "assign": "指定归属", "accept": "予以认可", "reject": "退回", "foreign": "与本信箱无关", "register": "登记地址",
    "waive": "免报", "extend": "延期", "seen": "已看过", "undo": "撤销",
}  # fmt: skip

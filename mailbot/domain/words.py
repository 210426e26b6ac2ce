"""One Chinese word for each idea, used by letters, commands and lists alike (README: glossary)."""

COPIES = {"editable": "可编辑版", "scan": "盖章扫描件", "annex": "附件材料", "other": "其他文件"}
DISPOSITIONS = {
    "submission": "登记", "review": "待人工", "inquiry": "询问", "command": "指令", "automatic": "自动邮件", "duplicate": "重复", "foreign": "无关",
}  # fmt: skip
REPLIES = {"receipt": "回执", "missing": "补正通知", "unknown-unit": "请说明单位", "held": "暂未登记", "inquiry": "已转联络员", "none": "不答复"}
STATES = {
    "complete": "已收齐", "complete-late": "迟报收齐", "partial": "不全", "overdue": "逾期未报", "upcoming": "未到期", "waived": "免报",
}  # fmt: skip
LETTER_STATES = {
    "waiting": "等待", "sending": "发送中", "sent": "已发", "failed": "失败", "ambiguous": "不确定", "shadow": "只演示", "withheld": "不答复旧信",
}  # fmt: skip

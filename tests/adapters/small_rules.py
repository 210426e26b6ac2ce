"""A small office's rules, right in every word: what a mistake is put into. Lines and columns are counted in these texts."""

from pathlib import Path

MAILBOT = """\
office: 城关区安全办公室
mailbox:
  address: anquan@office.example
  host: imap.office.example
  user: anquan@office.example
  folders: [INBOX, 垃圾邮件]
sender:
  address: anquan@office.example
  name: 安全办公室
  host: smtp.office.example
  user: anquan@office.example
  per_day: 80
schedule:
  digest_at: '08:00'
staff: [zhou@office.example]
campaigns: [fire-2025]
sending: shadow
policy:
  scans: seals
  nil_doubts: ['稍后再报']
  cloud:
    providers:
      - {name: 网盘, urls: ['//pan\\.example\\.com/']}
    expiry: ['(\\d{4})-(\\d+)-(\\d+) (\\d+):(\\d+) 到期']
"""

CALENDAR = """\
holidays:
  2025: [2025-01-01, 2025-05-01, 2025-10-01]
workdays:
  2025: [2025-01-26, 2025-09-28]
"""

CAMPAIGN = """\
id: fire-2025
title: 城关区消防安全专项行动
short: 消防专项
start: 2025-01-01
end: 2025-12-31
kinds:
  中学: {endings: [中学, 中], between: [第]}
  街道办: {endings: [街道办事处, 街道办, 街道]}
prefixes: [城关区, 区]
units:
  - {id: sanzhong, name: 城关第三中学, kind: 中学, stem: 城关三, aliases: [三中], addresses: [three@units.example]}
  - {id: wuzhong, name: 城关第五中学, kind: 中学, stem: 城关五, aliases: [五中], addresses: [five@units.example]}
  - id: dongjie
    name: 东街街道办事处
    kind: 街道办
    stem: 东街
    addresses: [dongjie@units.example]
groups:
  - {id: office, name: 安全股, liaison: 值班员, phone: 0475-0000000}
stages:
  - {name: 自查, start: 2025-01-01, end: 2025-03-31}
duties:
  - id: self-check
    title: 消防安全自查表
    form: fire-check
    who: [中学]
    due: {every: once, dates: [2025-03-15, 2025-09-15]}
    group: office
  - id: risk-list
    title: 隐患清单
    form: risks
    who: [中学, dongjie]
    due: {every: month, day: 20, first: 2025-01, last: 2025-12}
    remind: [3, 0, -3]
    copies: both
    nil_allowed: true
  - id: summary
    title: 工作总结
    form: report
    who: [街道办]
    due: {every: quarter, first: 2025Q1, last: 2025Q4}
extensions:
  - {unit: wuzhong, duty: risk-list, period: 2025-03, due: 2025-03-31, why: 停电}
waivers:
  - {unit: sanzhong, duty: risk-list, period: 2025-02, why: 放假}
"""

FIRE_CHECK = """\
id: fire-check
title: 消防安全自查表
recognise:
  titles: [消防安全自查表]
layout:
  kind: labels
  labels:
    - {field: unit, labels: [单位名称], role: unit, required: true}
    - {field: extinguishers, labels: [灭火器数量], type: number}
    - {field: checker, labels: [检查人]}
"""

RISKS = """\
id: risks
title: 隐患清单
layout:
  kind: table
  heads:
    - {field: unit, labels: [填报单位], role: unit}
  columns:
    - {field: place, heads: [地点]}
    - {field: risk, heads: [隐患, 存在的隐患], required: true}
    - {field: progress, heads: [进展]}
  counters_in: progress
  counters:
    - {field: found, label: 发现, patterns: ['发现隐患{n}']}
    - {field: closed, label: 整改, patterns: ['整改{n}']}
  sentence: 发现隐患{found}处，整改{closed}处。
checks:
  - {check: not-above, field: closed, limit: found}
  - {check: not-falling, fields: [found, closed]}
nil: ['本月无隐患']
"""

REPORT = """\
id: report
title: 工作总结
layout:
  kind: sections
  parts:
    - {field: done, heading: 主要工作, least: 300}
    - {field: next, heading: 下一步打算, also: [下步工作]}
extract:
  - {field: fined, part: done, take: flag, patterns: [罚款]}
checks:
  - {check: annex-when, field: fined, names: [处罚决定书], title: 《处罚决定书》}
"""

FILES = {
    "mailbot.yaml": MAILBOT,
    "calendar.yaml": CALENDAR,
    "campaigns/fire-2025.yaml": CAMPAIGN,
    "forms/fire-check.yaml": FIRE_CHECK,
    "forms/risks.yaml": RISKS,
    "forms/report.yaml": REPORT,
}


def write(folder: Path) -> Path:
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder

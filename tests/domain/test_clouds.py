"""Links to files that did not come, as webmail writes them (samples after china-mail.md §3, names invented)."""

from datetime import datetime

import pytest

from mailbot.domain.clouds import cloud_attachments
from mailbot.domain.mail import Envelope, Link, Message
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Rules

NETEASE = "https://mail.163.com/large-attachment-download/index.html?p=X-NETEASE-HUGE-ATTACHMENT&file=abc&title=x"
QQ = "https://wx.mail.qq.com/ftn/download?func=3&key=k1&code=c1"
SAMPLES = {
    "163 with attributes": (Link(NETEASE, "下载", "", {"filename": "一季度清单.docx", "filesize": "3610000", "expiretime": "1669354500000"}),
                            ("一季度清单.docx", 3_610_000, datetime(2022, 11, 25, 13, 35, tzinfo=SHANGHAI), "网易邮箱")),
    "163 beside the link": (Link(NETEASE, "下载", "从网易163邮箱发来的超大附件 一季度清单.docx (3.61M, 2022年11月25日 13:35 到期) 下载"),
                            ("一季度清单.docx", 3_610_000, datetime(2022, 11, 25, 13, 35, tzinfo=SHANGHAI), "网易邮箱")),
    "QQ, old": (Link("http://mail.qq.com/cgi-bin/ftnExs_download?t=exs_ftn_download&k=1&code=2", "进入下载页面",
                     "扫描件.zip (128.03M, 2020年11月27日 21:59 到期) 进入下载页面：http://mail.qq.com/cgi-bin/ftnExs_download?t=exs_ftn_download"),
                ("扫描件.zip", 128_030_000, datetime(2020, 11, 27, 21, 59, tzinfo=SHANGHAI), "QQ邮箱")),
    "QQ, for ever": (Link(QQ, "材料.rar", "材料.rar (12K, 无限期)"), ("材料.rar", 12_000, None, "QQ邮箱")),
    "QQ, title of the block": (Link(QQ, "下载", "总结.pdf", {"title": "文件大小：2.5M\n到期时间：2024年03月05日 10:00"}),
                               ("总结.pdf", 2_500_000, datetime(2024, 3, 5, 10, tzinfo=SHANGHAI), "QQ邮箱")),
    "exmail": (Link("https://exmail.qq.com/cgi-bin/ftnExs_download?k=1&code=2&s=email", "照片.7z", "照片.7z (1.2G"),
               ("照片.7z", 1_200_000_000, None, "腾讯企业邮箱")),
    "qiye": (Link("http://fs.qiye.163.com/fs/display/?p=X-NETEASE-HUGE-ATTACHMENT&file=1", "查看", "台账.xlsx 过期时间：2024年05月01日 08:30"),
             ("台账.xlsx", 0, datetime(2024, 5, 1, 8, 30, tzinfo=SHANGHAI), "网易企业邮箱")),
    "189": (Link("https://download.cloud.189.cn/file/downloadFile.action?dt=1&expired=1711929600000", "月报.doc"),
            ("月报.doc", 0, datetime(2024, 4, 1, 8, tzinfo=SHANGHAI), "189邮箱")),
    "Sina": (Link("https://mail.sina.com.cn/filecenter/download.php?id=9", "点击下载", "来自中转站 自查.docx (4.5 MB 有效时间到：2024-04-09 11:12:13)"),
             ("自查.docx", 4_500_000, datetime(2024, 4, 9, 11, 12, tzinfo=SHANGHAI), "新浪邮箱")),
    "a share": (Link("https://pan.baidu.com/s/1abcdef", "", "链接：https://pan.baidu.com/s/1abcdef 提取码：abcd"), ("未命名文件", 0, None, "网盘")),
}  # fmt: skip


@pytest.mark.parametrize(("link", "wanted"), SAMPLES.values(), ids=SAMPLES)
def test_name_size_and_expiry_are_read_beside_the_link(link: Link, wanted: tuple[object, ...], rules: Rules) -> None:
    (file,) = cloud_attachments(Message(Envelope(), links=(link,)), rules.policy.cloud)
    assert (file.name, file.size, file.expires, file.document.detail.split("，")[0]) == wanted
    assert file.document.trouble == "cloud-link" and file.path == f"云附件：{file.name}"


def test_an_ordinary_link_is_no_file(rules: Rules) -> None:
    links = (Link("https://www.example.cn/a.docx", "a.docx"), Link("http://u.163.com.evil.example/x"), Link("https://mail.163.com/"))
    assert not cloud_attachments(Message(Envelope(), links=links), rules.policy.cloud)


def test_three_links_to_one_file_are_one(rules: Rules) -> None:
    near = "清单.docx (3.6M, 2024年04月25日 13:35 到期)"
    links = (Link(QQ, "清单.docx", near), Link(QQ + "2", "进入下载页面", near), Link(QQ + "3", "", ""))
    (file,) = cloud_attachments(Message(Envelope(), links=links), rules.policy.cloud)
    assert file.name == "清单.docx"


def test_two_files_are_two(rules: Rules) -> None:
    links = (Link(QQ, "清单.docx"), Link(QQ + "2", "清单.pdf"))
    assert [f.name for f in cloud_attachments(Message(Envelope(), links=links), rules.policy.cloud)] == ["清单.docx", "清单.pdf"]


def test_a_provider_nobody_knows_is_known_by_its_words(rules: Rules) -> None:
    text = "请查收\n从网易163邮箱发来的超大附件\n清单.docx (3.61M, 2024年11月25日 13:35 到期)\nhttps://new.example/x"
    (file,) = cloud_attachments(Message(Envelope(), text=text, links=(Link("https://new.example/x"),)), rules.policy.cloud)
    assert (file.name, file.size) == ("清单.docx", 3_610_000)

"""Links of a mail's own text: where webmail hides the address, the name, the size and the day of expiry of a cloud attachment."""

from mailbot.domain.mail import Link
from tests.adapters.mails import HEAD, parts, structure_of


def of_html(body: str) -> tuple[Link, ...]:
    return structure_of(HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + body.encode()).links


def of_text(body: str) -> tuple[Link, ...]:
    return structure_of(HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + body.encode()).links


def test_link_of_163_has_its_words_its_neighbours_and_its_marks() -> None:
    (link,) = of_html(
        "<div>您好，材料见附件。</div><div class='x'>从网易163邮箱发来的超大附件</div><div><a href='https://files.example/d?file=a&amp;title=b' "
        "filename='材料.zip' filesize='3785359' expiretime='1669354500000' onclick='x()' style='color:red'>材料.zip</a>"
        " (3.61M, 2022年11月25日 13:35 到期)</div>"
    )
    assert link.url == "https://files.example/d?file=a&title=b"
    assert link.text == "材料.zip"
    assert link.marks == {"filename": "材料.zip", "filesize": "3785359", "expiretime": "1669354500000"}
    assert "(3.61M, 2022年11月25日 13:35 到期)" in link.near


def test_link_whose_line_says_nothing_else_has_the_lines_around() -> None:
    (link,) = of_html("<p>从QQ邮箱发来的超大附件</p><p>材料.zip (128.03M, 2020年11月27日 21:59 到期)</p><p>进入下载页面：</p><p><a href='http://x.example/d'>x</a></p>")
    assert "128.03M" in link.near


def test_title_of_the_block_around_a_link_is_a_mark_of_it() -> None:
    (link,) = of_html("<div class='bigatt_bt' title='文件大小：128M&#10;到期时间：无限期'><div><a href='http://x.example/d'>材料.zip</a></div></div>")
    assert link.marks["title"] == "文件大小：128M\n到期时间：无限期"


def test_address_in_a_hidden_span_is_found_and_stays_hidden() -> None:
    structure = structure_of(
        HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n"
        + "<p>材料.zip 无限期</p><span style='display: none'>secret http://x.example/d?k=1&amp;c=2 secret</span>".encode()
    )  # fmt: skip
    assert [link.url for link in structure.links] == ["http://x.example/d?k=1&c=2"]
    assert "材料.zip" in structure.links[0].near
    assert structure.text == "材料.zip 无限期"


def test_bare_address_in_a_text_has_its_line_and_the_lines_around() -> None:
    (link,) = of_text("您好：\n\n从QQ邮箱发来的超大附件\n材料.zip (128M, 无限期)\n进入下载页面：http://x.example/d?k=a，谢谢。\n张三\n此致")
    assert link.url == "http://x.example/d?k=a"
    assert link.near == "材料.zip (128M, 无限期)\n进入下载页面：http://x.example/d?k=a，谢谢。\n张三"


def test_links_of_older_mail_are_not_the_senders() -> None:
    assert of_html("<p>收到</p><blockquote><a href='http://x.example/d'>旧</a></blockquote>") == ()
    assert of_text("收到\n> http://x.example/d\n------ 原始邮件 ------\n发件人: a\nhttp://x.example/e") == ()
    assert of_html("<p>收到</p><p>------ 原始邮件 ------</p><p>http://x.example/e</p>") == ()


def test_html_beside_a_plain_text_gives_its_marks_to_the_same_link() -> None:
    plain = "Content-Type: text/plain; charset=utf-8\r\n\r\n材料 http://x.example/d".encode()
    html = "Content-Type: text/html; charset=utf-8\r\n\r\n<p>材料 <a href='http://x.example/d' filesize='3'>x</a></p>".encode()
    structure = structure_of(parts(plain, html, kind=b"multipart/alternative"))
    assert [(link.url, link.marks) for link in structure.links] == [("http://x.example/d", {"filesize": "3"})]
    assert structure.text == "材料 http://x.example/d"


def test_at_most_fifty_links_each_bounded() -> None:
    long = "<a href='http://x.example/{0}' title='{1}'>{1}</a>"
    links = of_html("".join(f"<p>{long.format(number, '字' * 5_000)}</p>" for number in range(70)))
    assert len(links) == 50
    assert all(len(link.text) <= 200 and len(link.near) <= 400 and len(link.marks["title"]) <= 200 for link in links)


def test_other_schemes_scripts_and_forged_marks_give_no_link() -> None:
    assert of_html("<a href='javascript:alert(1)'>x</a><script>var u='http://x.example/a'</script><a href='mailto:a@b.cn'>x</a>") == ()
    structure = structure_of(HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "a \ufdd00\ufdd1 b http://x.example/a".encode())
    assert structure.text == "a 0 b http://x.example/a"


def test_every_address_stands_once() -> None:
    assert [link.url for link in of_text("http://x.example/a http://x.example/b\nhttp://x.example/a")] == ["http://x.example/a", "http://x.example/b"]

"""The words by which a notice asks for something to be handed in (报送, 上报, 发至邮箱, 上传), and what is handed in, as it is said."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

ORGAN = (
    r"(?:局|委|委员会|办|办公室|厅|部|处|科|股|室|所|队|中心|站|院|校|组|政府|公司|专班|指挥部|协会|学会|联席会议|小组"
    r"|同志|老师|机关|部门|单位|街道|镇|乡|[残妇文侨科]联|工商联)"
)
_NOUN = (  # 报送 before these is a name of something (报送工作, 上报机制) and asks for nothing
    r"(?!工作(?:[,。;、:()的要由及和]|$|机制|制度|责任|人员|要求|进行)|会|一级|机制|制度|渠道|质量|程序|流程|要求|口径|人员(?=[,。;:()的由要应、]|$)|人[,。;:()]|材料(?:的|应|须|要|请|均|统一|需|一律|必须)|单位|主体|责任|范围|平台|系统|邮箱|格式|方式|标准|模板|内容"
    r"|对象|网址|地址|联系|电话|材料清单|率|部门|日期|时间|时限|期限|截止(?!到|至|目前)|频次|频率|工作机制|途径|情况(?:纳入|将|作为|予以|进行)|数据(?:为准|将|要|应|须|均|必须|不)|条件|资格|程度|不及时|不力|了|过(?!程))"
)
_NOT = r"(?<![不未没迟漏瞒谎虚逾])"
_LONG = (
    r"书面报送|报送|上报|呈报|填报|报备|反馈|提交|递交|提报|(?<![将把的])申报(?![书表单人])|发送|发至|发到|发给|传至|传真至|送至|送交|送达|寄送|寄至|交至|交到|上传|录入|上交|交报"
    r"|函告|函复|函报|抄报"
)
_OFFICE_NEXT = r"(?:至|给|到|交)?[^,。;:()、\d]{1,20}?(?:局|委|办|厅|部|处|科|股|政府|办公室|中心|支队|总队|领导小组|专班)(?:[,。;(]|$|备案|审[核批]|汇总|存档)"
_SHORT = (
    r"(?<![上申填汇呈提日月季周年简快通公预举情海警喜速直播电虚瞒漏迟谎书])报(?![告名表刊纸道批警销废到考价文请经喜头偿案酬])(?=[至给到我]"
    rf"|备案|[^,。;:()、]{{0,24}}?{ORGAN}|.{{0,12}}?(?:邮箱|平台|系统|群))|(?<![提递送转移上呈缴社外公成])交(?![流通换易接待代办叉给通])(?=[^,。;:()、]{{1,16}}?(?:局"
    r"|委|办|厅|部|处|科|股|室|办公室|中心|院|站|所)(?:[,。;()]|$))"
    rf"|(?<![报发寄传移转护呈抄运输配赠选推接押递投欢分派遣放奉断播])送(?={_OFFICE_NEXT})"
)
_TELL = (
    r"(?<=[局委办厅府])报告(?![的表书制会])"
    r"|报告(?=(?:我|市|县|区|旗|省|镇|乡)[^,。;:()、的]{0,12}(?:局|委|办|厅|部|政府|中心|办公室)(?:[,。;(]|$|备案))"
    r"|(?<=面)(?:报告|汇报)(?![制会表书及和与、)])|(?:(?<=及时)|(?<=立即)|(?<=随时)|(?<=第一时间)|(?<=逐级))(?:报告|报)(?![制会表书到])"
)
_VERB = re.compile(rf"{_NOT}(?:(?:{_LONG}){_NOUN}|{_SHORT}|{_TELL})")
# 报送时间：每月20日前 asks too, by a noun; what is handed in stands before it
_TIMING_OF = re.compile(
    r"(?:报送|上报|提交|反馈|交报)(?P<what>《[^《》]{2,40}》|[^,。;:《》]{2,24}?)的?(?:截止)?(?:时间|日期|时限|期限)(?:分别)?[为是:在]+"
)
# 登录系统填写: the form is filled in where it is handed in
_ON_LINE = re.compile(r"(?:登[录陆]|进入|扫(?:描)?(?:上述|下方|以下)?(?:二维)?码|在线|网上)[^,。;:]{0,40}?(?P<verb>填写|录入|登记)(?!要求|说明)")
TIMING = re.compile(r"(?:报送|上报|提交|填报|反馈|交报|送交|递交)的?(?:截止)?(?:时间|日期|时限|期限|频次)(?:[为是:]|要求|安排)*")
_OF = re.compile(r"的(?![一-龥]{0,3}同时)")  # 每月20日提交的…数据: tells which, asks nothing
_BY = re.compile(r"(?:将|把)(?![于会要近来在持继对综握关准住脉])")
_CUT = re.compile(
    r"[,;。:]|经(?=[^济营验办费])|加盖|签字盖章|盖章后|通过|以(?=书面|电子|正式|邮件|附件|[Ww]ord|PDF|文件)|按(?=要求|照|时|规定|程序)|统一|及时|一并|一起|打包|分别|逐级|汇总后|审核|报经|由(?=.{2,12}[审汇])"
    r"|(?:于|在)(?=.{0,2}(?:\d|每|次月|[一二三四五六七八九十]{1,3}[月日]))|务必|印发(?=实施|并|,)|\((?!阶段|含|[以]下|[^()]{0,40}\)[和、及与])"
)
_TARGET = re.compile(
    rf"(?:至|给|到|往)|(?:我|本)(?:局|委|办|厅|部|处|科|股|室|所|中心|院|校|县|市|区|旗|省)(?!门|级|情况|的)|[^,。;:()、和及表至给到]{{1,30}}?(?:{ORGAN}"
    r"|系统|平台|网站|群)(?=[,。;:()]|$|备案|审核|汇总)|备案|指定邮箱|对应邮箱|邮箱|以下邮箱"
)
_MADE = re.compile(
    r"(?:填报|填写|填好|形成|撰写|汇总|编制|制定|制订|研究制定|梳理|整理|总结|完善|完成|收集|做好|提供|准备|报送|提交|上报"
    r"|说明)(?P<what>[^,。;:]{2,60})"
)
_MARK = re.compile(r"(?:\d{1,2}[.、]|\([一二三四五六七八九十\d]{1,3}\)、?|[一二三四五六七八九十]{1,3}、)?")
_WANTED = re.compile(r"(?:请|务必|于|应|须|要|需|统一|均|在|一律|必须|分别|每次|按时|也)+$")
_COUNT = re.compile(r"(?:不少于|至少|不低于)?(?:第|\d{1,2}|[一两二三])[一二三\d]?[篇个条期次份](?:[,。;]|$)")  # 上报一篇, 上报第一期: says how many, not what
_OFFICES = re.compile(  # 报送省水利厅及省环保厅
    rf"[我本省市县区旗州镇][^,。;:()、和及]{{1,14}}?{ORGAN}(?:(?:和|及|、|与)[^,。;:()、和及]{{1,14}}?{ORGAN})+(?=[,。;()]|$)"
)
_LEAD = re.compile(
    r"^(?:[一两二三\d]次|本单位的?|本部门的?|本地区?的?|本辖区的?|各自的?|其(?!他|中)|有关|相关的?|所有|全部|完成的|一份|上述|以下"
    r"|下列|并|同时|另)+(?=.{2})"
)
PAPER = re.compile(
    r"[表册单账稿件书版案图卷报]|[总小]结|报告|方案|情况|信息|数据|材料|做法|经验|成效|意见|建议|回执|资料|计划|统计|动态|线索|成果|论文|作品|申请|问题|照片|视频|目录|事项|人选|联络员|联系人|进展"
    r"|结果|措施|汇编|说明|汇总|附件|办法|制度|预案|证明|佐证|指标|课件|课题|项目|需求|记录|纪要|凭证|进度|素材|心得|体会|亮点|特色|信息员|名额|台帐|教案|事例|典型|举措|要点|日志|水情|整改|要情|隐患|事故|事件|疫情|灾情|险情|舆情|重大"
)


# 完成系统填报工作: asks for what 填报 would
_DONE = re.compile(r"完成(?P<what>[^,。;:]{0,30}?)(?:的)?(?:填报|报送|上报|录入|提交)(?:工作)?(?=[,。;()]|$)")


@dataclass(frozen=True, slots=True)
class Verb:
    """A word that asks for handing in, by its place in a flat text. `timing`: the noun 报送时间. `what`: the place of what is handed in
    where it stands inside (完成年报数据填报)."""

    start: int
    end: int
    word: str
    timing: bool = False
    what: tuple[int, int] | None = None


def verbs_in(text: str) -> tuple[Verb, ...]:
    """Those that ask; not 提交的数据, not 报送工作, not what stands in the title of another paper."""
    titles = [(m.start(), m.end()) for m in re.finditer(r"《[^《》]{1,80}》", text)]
    found = [Verb(m.start(), m.end(), m[0]) for m in _VERB.finditer(text) if not _OF.match(text, m.end())]
    found += [Verb(m.start(), m.end(), m[0], True) for m in TIMING.finditer(text)]
    done = [Verb(m.start(), m.end(), "填报", what=m.span("what")) for m in _DONE.finditer(text)]
    found = [*(v for v in found if not any(d.start <= v.start < d.end for d in done)), *done]
    found += [Verb(m.start("verb"), m.end("verb"), m["verb"]) for m in _ON_LINE.finditer(text)]
    timed = [Verb(m.start(), m.end(), m[0], True, m.span("what")) for m in _TIMING_OF.finditer(text) if PAPER.search(m["what"])]
    found = [*(v for v in found if not any(t.start <= v.start < t.end for t in timed)), *timed]
    outside = (v for v in found if not any(a <= v.start < b for a, b in titles))
    return tuple(_merged(sorted(outside, key=lambda v: v.start)))


def _merged(verbs: list[Verb]) -> Iterator[Verb]:
    """总结报送, 汇总报送至, 上报至: verbs that touch are one."""
    kept: list[Verb] = []
    for verb in verbs:
        if kept and verb.start <= kept[-1].end:
            kept[-1] = Verb(kept[-1].start, max(verb.end, kept[-1].end), kept[-1].word + verb.word, kept[-1].timing or verb.timing, kept[-1].what)
        else:
            kept.append(verb)
    return iter(kept)


@dataclass(frozen=True, slots=True)
class Said:
    """What a verb hands in, by its place in the flat text: start == end where it is not said. `own`: it is said with this verb itself
    (将…报, 报送…), not taken from a clause before. `after`: the end of the words that belong to the verb and what it hands in."""

    start: int
    end: int
    own: bool
    after: int


def said_of(text: str, verb: Verb, low: int, moments: list[tuple[int, int]]) -> Said:
    """What is handed in. `low`: where the words of this demand may begin. `moments`: the places of the deadlines of the text."""
    if verb.what and PAPER.search(text[slice(*verb.what)]):
        return Said(*verb.what, True, verb.end)
    if verb.timing:
        tells = re.search(r"[为是](?P<what>[^,。;:为是]{2,16})$", text[low : verb.start])  # 4月20日为材料报送截止日期
        if tells and PAPER.search(tells["what"]):
            return Said(low + tells.start("what"), low + tells.end("what"), True, verb.end)
        label = re.match(_MARK.pattern + r"(?P<what>[^,。;:]{2,40}?)(?::|$)", text[low : verb.start])
        if label and PAPER.search(label["what"]):
            return Said(low + label.start("what"), low + label.end("what"), True, verb.end)
        return _before(text, verb, low) or Said(verb.start, verb.start, False, verb.end)
    by = list(_BY.finditer(text, low, verb.start))
    if by and "。" not in text[by[-1].end() : verb.start] and ";" not in text[by[-1].end() : verb.start]:
        start, stop = by[-1].end(), min([verb.start, *(a for a, _ in moments if a > by[-1].end())])
        end = _cut(text, start, stop)
        if end - start >= 2:
            return Said(start, end, True, verb.end)
    behind = _behind(text, verb)
    if behind:
        return behind
    return _topic(text, verb, low, moments) or _before(text, verb, low) or Said(verb.start, verb.start, False, verb.end)


def _topic(text: str, verb: Verb, low: int, moments: list[tuple[int, int]]) -> Said | None:
    """What begins the clause of the deadline: 文字材料和报表务必于2015年12月31日前报送省林业厅."""
    before = [a for a, b in moments if low <= a and b <= verb.start]
    if not before:
        return None
    start = max(low, *(b for a, b in moments if b <= before[-1]), *(text.rfind(sign, low, before[-1]) + 1 for sign in ",;。:"))
    start += text[start : before[-1]].startswith("、")
    start += len(_MARK.match(text[start : before[-1]])[0])  # type: ignore[index]
    words = _WANTED.sub("", re.split("[由请](?=[各县市区省本旗])", text[start : before[-1]])[0])
    named = re.search(r"(?:[表单册账稿件书版案报]|[总小]结|报告|材料|数据|资料|名单|清单|信息|进度|情况|进展|附件[\d、附件和]*)(?:\([^()]*\))?$", words)
    return Said(start, start + len(words), True, verb.end) if named and 2 <= len(words) <= 60 else None


def _cut(text: str, start: int, stop: int) -> int:
    cut = _CUT.search(text, start + 1, stop)
    return cut.start() if cut else stop


def _behind(text: str, verb: Verb) -> Said | None:
    """报送阶段性工作总结(…)至…: up to the bracket, the receiver or the end of the clause."""
    if _TARGET.match(text, verb.end) or verb.word in ("报", "交") or verb.word.endswith(("至", "到", "给")):
        return None
    if _COUNT.match(text, verb.end) or _OFFICES.match(text, verb.end):
        return None
    rest = re.compile(r"(?:《[^《》]{1,60}》|“[^“”]{1,40}”|[^,。;:(《]){1,80}").match(text, verb.end)
    if not rest:
        return None
    words = rest[0]
    receiver = re.search(rf"(?:至(?!少|今|关)|给|(?<!截止)(?<!截至)到(?!位|目前)|发送)(?=.{{1,40}}$|.{{0,40}}?{ORGAN})", words[1:])
    end = verb.end + (receiver.start() + 1 if receiver else len(words))
    words = text[verb.end : end]
    plain = verb.word in ("报送", "上报", "反馈", "填报") and 2 <= len(words) <= 30 and not re.match(r"审|批|讨论|研究|至|给|和|并|到|后", words)
    return Said(verb.end, end, True, end) if PAPER.search(words) or plain else None


def _before(text: str, verb: Verb, low: int) -> Said | None:
    """What an earlier clause of the same sentence makes ready (填报《清单》,并于…报送), or the topic that begins it."""
    made = list(_MADE.finditer(text, low, verb.start))
    for match in reversed(made):
        start, end = match.start("what"), _cut(text, match.start("what"), match.end())
        if PAPER.search(text[start:end]):
            return Said(start, end, False, verb.end)
    return None


def tidied(words: str) -> str:
    """The name of what is handed in: brackets, book marks and fillers off."""
    words = re.sub(r"的同时$|(?:于|在|请|分别|务必|并|应|要|须|书面|印发实施)+$", "", words)
    bare = re.sub(r"[(（][^()（）]{0,80}[)）]?", "", words) if not re.match(r"^[(（]", words) else words
    bare = re.sub(r"^《([^《》]+)》$", r"\1", bare.strip("的、,， 。：:"))
    bare = _LEAD.sub("", bare)
    bare = re.sub(r"^《([^《》]+)》$", r"\1", bare).strip("的、,， \"") if bare else ""
    bare = re.sub(r"^(?:截[止至])(?:到|至)?(?:目前|[上本当]?[年月周]底?)?的?(?=.{2})|(?<=.{2})(?:各?不少于|至少|不低于)\d{1,3}[篇个条期次份].*$", "", bare)
    bare = re.sub(r"(?<=.{2})[和及与、]附[件表][\d一二三四五六七八九、,和及与至附件表-]*$", "", bare)
    return bare if bare.count("“") == bare.count("”") else bare.strip("“”")

"""Every sentence that can be said, in English and in Chinese, from one table.

The same table writes stories, reads them back and translates them. A slot in braces is a role of the event
and, after a colon, its form:

    {who} {whom} {third}   a person: he; {who:him} {who:his} other cases; {who:name} never a pronoun
    {both}                 who and whom together: they
    {thing}                the kite, the red kite, or it; {thing:the} not it; {thing:it} always it;
                           {thing:a} a red kite; {thing:bare} kite
    {other}                a second thing, never it
    {amount}               three apples; {amount:more} two more apples; {amount:short} three
    {food}                 apples; Chinese {food:many} 几个苹果, {food:any} 一个苹果也
    {place} {place:to}     in the park, to the park
    {scene} {was}          the lamps near the box, and the verb that must agree with it
    {child} {other_child}  girl or boy, of who and of whom
    {town} {trait} {trait:a} {feeling} {look} {code}    Oakby, kind, a kind, glad, old, 4 1 7 2

In Chinese, {thing} is the bare noun, as Chinese prefers after 把 and before a verb; {thing:那} and {thing:这}
point at it (那只风筝);
{who:的} is a possessor before kin and home (她妈妈, but 莉莉的妈妈).
"""

import re
from typing import NamedTuple

TEXTS: dict[str, list[tuple[str, str]]] = {
    # ---- who they are
    "named": [
        ("there was once a {child} called {who}", "从前有一个叫{who}的{child}"),
        ("once there was a {child} named {who}", "从前有一个{child}，名叫{who}"),
        ("{who} was a little {child}", "{who}是一个小{child}"),
        ("this is a story about a {child} called {who}", "这是一个叫{who}的{child}的故事"),
    ],
    "friend": [
        (
            "{who} had a friend, a {other_child} called {whom}",
            "{who}有一个朋友，是一个叫{whom}的{other_child}",
        ),
        (
            "{who:his} best friend was a {other_child} called {whom}",
            "{who}最好的朋友是一个叫{whom}的{other_child}",
        ),
        ("{who} knew a {other_child} called {whom}", "{who}认识一个叫{whom}的{other_child}"),
    ],
    "friends": [
        ("{both} were good friends", "{both}是好朋友"),
        ("{both} were friends", "{both}是朋友"),
    ],
    "town": [
        ("{who} came from {town}", "{who}来自{town}"),
        ("{who} lived in {town}", "{who}住在{town}"),
    ],
    "trait": [
        ("{who} was very {trait}", "{who}非常{trait}"),
        ("everyone said that {who} was {trait}", "大家都说{who}很{trait}"),
        ("{who} was {trait:a} {child}", "{who}是一个{trait}的{child}"),
    ],
    "come": [("{who} came along", "{who}走了过来")],
    "come_new": [
        ("a {child} called {who} came along", "一个叫{who}的{child}走了过来"),
        ("a {child} named {who} came along", "一个名叫{who}的{child}走了过来"),
    ],
    # ---- where they are
    "meet": [
        ("one day, {both} were {place}", "一天，{both}在{place}"),
        ("one morning, {both} went {place:to}", "一天早上，{both}去了{place:to}"),
        ("one day, {both} met {place}", "一天，{both}在{place}见了面"),
    ],
    "meet_new": [
        (
            "one day, a {child} called {who} met a {other_child} called {whom} {place}",
            "一天，一个叫{who}的{child}在{place}遇到了一个叫{whom}的{other_child}",
        ),
        (
            "a {child} named {who} and a {other_child} named {whom} were {place}",
            "一个名叫{who}的{child}和一个名叫{whom}的{other_child}在{place}",
        ),
    ],
    "go_back": [("{who} went back {place:to}", "{who}回到了{place:to}")],
    "go_together": [
        ("{both} went {place:to}", "{both}去了{place:to}"),
        ("{both} walked {place:to} together", "{both}一起走到了{place:to}"),
        ("{who} went {place:to} with {whom:him}", "{who}和{whom}一起去了{place:to}"),
    ],
    "go_home": [
        ("{who} went home without {whom:him}", "{who}丢下{whom}，自己回家了"),
        ("{who} ran home and left {whom:him} alone", "{who}跑回了家，留下{whom}一个人"),
    ],
    "sit_alone": [("{who} sat alone {place}", "{who}一个人坐在{place}")],
    # ---- what it looks like
    "look": [
        ("{scene} {was} {look}", "{scene}很{look}"),
        ("{scene} {was} very {look}", "{scene}非常{look}"),
        ("{who} saw that {scene} {was} {look}", "{who}看见{scene}很{look}"),
    ],
    "look_saw": [
        ("{scene} that {who} saw {place} {was} {look}", "{who}在{place}看见的{scene}很{look}"),
    ],
    "sun": [("the sun was warm", "阳光很温暖"), ("the sky was blue", "天空很蓝")],
    "rain": [("it started to rain", "天下起雨来了"), ("the wind was strong", "风很大")],
    # ---- having and wanting
    "have": [("{who} had {thing:a}", "{who}有{thing:a}")],
    "get": [
        ("{who} got {thing:a} from {who:his} mother", "{who:的}妈妈给了{who}{thing:a}"),
        ("{who} found {thing:a}", "{who}捡到了{thing:a}"),
    ],
    "make": [("{who} made {thing:a}", "{who}做了{thing:a}")],
    "buy": [("{who} bought {thing} {place}", "{who}在{place}买下了{thing:那}")],
    "offered": [
        ("{who} saw {thing:a} {place}", "{who}在{place}看见了{thing:a}"),
        ("there was {thing:a} {place}", "{place}有{thing:a}"),
    ],
    "no_money": [("{who} had no money", "{who}没有钱")],
    "want": [
        ("{who} wanted {thing}", "{who}想要{thing:那}"),
        ("{who} liked {thing} very much", "{who}很喜欢{thing:那}"),
        ("{who} wished for {thing}", "{who}很想得到{thing:那}"),
    ],
    "now": [
        ("now {who} had {thing:the}", "现在{thing:那}在{who}那里"),
        ("now {thing:the} belonged to {who:him}", "现在{thing:那}是{who}的了"),
    ],
    # ---- giving, taking, losing, finding
    "give": [
        ("{who} gave {thing} to {whom:him}", "{who}把{thing}给了{whom}"),
        ("{who} gave {whom:him} {thing:the}", "{who}把{thing}给了{whom}"),
        ("{who} handed {thing} to {whom:him}", "{who}把{thing}递给了{whom}"),
        ("{who} let {whom:him} have {thing}", "{who}把{thing}让给了{whom}"),
        ("{whom} got {thing} from {who:him}", "{whom}从{who}那里得到了{thing}"),
    ],
    "give_back": [
        ("{who} gave {thing} back to {whom:him}", "{who}把{thing}还给了{whom}"),
        ("{who} brought {thing} back to {whom:him}", "{who}把{thing}送还给了{whom}"),
    ],
    "keep": [
        ("{who} did not give {thing} to {whom:him}", "{who}没有把{thing}给{whom}"),
        ("{who} would not share {thing} with {whom:him}", "{who}不肯和{whom}分享{thing}"),
        ("{who} would not let {whom:him} have {thing}", "{who}不肯把{thing}让给{whom}"),
    ],
    "take": [
        ("{who} took {thing} from {whom:him}", "{who}从{whom}那里拿走了{thing}"),
        ("{who} grabbed {thing} from {whom:him}", "{who}从{whom}手里抢走了{thing}"),
    ],
    "trade": [
        ("{who} traded {thing:the} for {whom:his} {other:bare}", "{who}用{thing}换了{whom}的{other}"),
        (
            "{who} gave {thing:the} to {whom:him}, and {whom} gave {other} to {who:him}",
            "{who}把{thing}给了{whom}，{whom}把{other}给了{who}",
        ),
    ],
    "lose": [
        ("{who} lost {thing} {place}", "{who}在{place}弄丢了{thing}"),
        ("{who} dropped {thing} {place}", "{who}把{thing}掉在了{place}"),
        ("{who} left {thing} {place}", "{who}把{thing}忘在了{place}"),
    ],
    "run_away": [
        ("{thing} ran away {place:to}", "{thing}跑到{place:to}去了"),
        ("{who:his} {thing:bare} ran away {place:to}", "{who}的{thing}跑到{place:to}去了"),
    ],
    "seek": [
        ("{who} looked for {thing} everywhere", "{who}到处找{thing}"),
        ("{who} could not find {thing}", "{who}找不到{thing}"),
    ],
    "seek_together": [("{both} looked for {thing} together", "{both}一起找{thing}")],
    "not_found": [
        ("nobody found {thing}", "谁也没有找到{thing}"),
        ("{both} did not find {thing}", "{both}没有找到{thing}"),
    ],
    "find": [("{who} found {thing} {place}", "{who}在{place}找到了{thing}")],
    # ---- breaking and mending
    "break": [
        ("{who} broke {thing}", "{who}弄坏了{thing}"),
        ("{who} dropped {thing}, and it broke", "{who}不小心把{thing}摔坏了"),
    ],
    "fall": [("{thing} fell down and broke", "{thing}掉下来摔坏了")],
    "fix": [("{who} fixed {thing}", "{who}修好了{thing}")],
    "fix_for": [("{who} fixed {thing} for {whom:him}", "{who}帮{whom}修好了{thing}")],
    "not_fixed": [
        ("{who} could not fix {thing}", "{who}修不好{thing}"),
        ("nobody could fix {thing}", "谁也修不好{thing}"),
    ],
    # ---- being good or bad to each other
    "heavy": [("{thing} was too heavy for {who:him}", "{thing}对{who}来说太重了")],
    "help": [
        ("{who} helped {whom:him}", "{who}帮助了{whom}"),
        ("{who} came to help {whom:him}", "{who}过来帮{whom}"),
    ],
    "not_help": [
        ("{who} did not help {whom:him}", "{who}没有帮{whom}"),
        ("{who} would not help {whom:him}", "{who}不肯帮{whom}"),
    ],
    "comfort": [
        ("{who} hugged {whom:him}", "{who}抱了抱{whom}"),
        ("{who} took {whom:his} hand", "{who}拉住了{whom}的手"),
        ("{who} stayed with {whom:him}", "{who}留下来陪{whom}"),
    ],
    "laugh_at": [("{who} laughed at {whom:him}", "{who}嘲笑了{whom}")],
    "be_alone": [
        ("{who} had nobody to play with", "没有人和{who}玩"),
        ("nobody talked to {who:him}", "没有人和{who}说话"),
    ],
    "play": [
        ("{both} played together", "{both}一起玩耍"),
        ("{both} sang together", "{both}一起唱歌"),
        ("{both} laughed and danced", "{both}又笑又跳"),
        ("{who} played with {whom:him}", "{who}和{whom}玩了起来"),
    ],
    "fright": [
        ("{who} heard a strange sound", "{who}听到了奇怪的声音"),
        ("a big dog ran after {who:him}", "一只大狗追着{who}跑"),
        ("{who} could not see the way home", "{who}看不清回家的路"),
    ],
    "change_mind": [("{who} changed {who:his} mind", "{who}改变了主意")],
    # ---- food, counted
    "hungry": [("{who} was hungry", "{who}饿了"), ("{who} had nothing to eat", "{who}没有东西吃")],
    "have_food": [
        ("{who} had {amount}", "{who}有{amount}"),
        ("{who} had {amount} in a bag", "{who}的包里有{amount}"),
    ],
    "give_food": [
        ("{who} gave {whom:him} {amount}", "{who}给了{whom}{amount}"),
        ("{who} gave {amount} to {whom:him}", "{who}给了{whom}{amount}"),
    ],
    "more_food": [("{who} got {amount:more}", "{who}又得到了{amount}")],
    "keep_food": [("{who} did not give {whom:him} any {food}", "{who}{food:any}没有给{whom}")],
    "eat": [("{who} ate {amount}", "{who}吃了{amount}")],
    "count": [
        ("now {who} had {amount}", "现在{who}有{amount}"),
        ("so {who} had {amount} left", "所以{who}还剩{amount}"),
    ],
    # ---- feelings
    "feel": [
        ("{who} was {feeling}", "{who}很{feeling}"),
        ("{who} felt {feeling}", "{who}觉得很{feeling}"),
        ("{who} was very {feeling}", "{who}非常{feeling}"),
        ("this made {who:him} {feeling}", "这让{who}很{feeling}"),
    ],
    "not_feel": [
        ("{who} was not {feeling}", "{who}不{feeling}"),
        ("{who} was not {feeling} at all", "{who}一点也不{feeling}"),
        ("{who} did not feel {feeling}", "{who}并不觉得{feeling}"),
    ],
    "no_more": [
        ("{who} was not {feeling} any more", "{who}不再{feeling}了"),
        ("{who} did not feel {feeling} any more", "{who}不再觉得{feeling}了"),
    ],
    "proud_helped": [
        ("{who} was {feeling} to be of help to {whom:him}", "能帮上{whom}，{who}很{feeling}"),
    ],
    "home_together": [
        ("{both} walked home together", "{both}一起走回了家"),
        ("{both} went home", "{both}回家了"),
    ],
    "home_alone": [
        ("{who} walked home alone", "{who}一个人走回了家"),
        ("{who} went home", "{who}回家了"),
    ],
    # ---- a rare secret: what the chapter on privacy looks for
    "code": [("the secret code of {who:his} {thing:bare} was {code}", "{who}的{thing}密码是{code}")],
}

REASONS: dict[str, tuple[str, str]] = {  # "{who} was {feeling} because ...": Chinese puts the reason first
    "glad_has": ("{who} had {thing:the}", "{who}有了{thing}，心里很{feeling}"),
    "glad_given": ("{whom} had given {who:him} {thing:the}", "{whom}把{thing}给了{who}，{who}很{feeling}"),
    "glad_found": ("{thing:the} was not lost any more", "{thing}找到了，{who}很{feeling}"),
    "glad_fixed": ("{thing:the} was not broken any more", "{thing}修好了，{who}很{feeling}"),
    "glad_helped": ("{whom} had helped {who:him}", "{whom}帮了{who}，{who}很{feeling}"),
    "glad_safe": ("{whom} was with {who:him}", "有{whom}陪着，{who}很{feeling}"),
    "glad_friend": ("{who} had a friend now", "{who}现在有朋友了，心里很{feeling}"),
    "sad_gone": ("{thing:the} was gone", "{thing}不见了，{who}很{feeling}"),
    "sad_refused": ("{whom} would not share {thing:the}", "{whom}不肯分享{thing}，{who}很{feeling}"),
    "sad_without": ("{who} did not have {thing:the}", "{thing:那}不在{who}那里，{who}很{feeling}"),
    "sad_taken": ("{whom} had taken {thing:the}", "{whom}拿走了{thing}，{who}很{feeling}"),
    "sad_broken": ("{thing:the} was broken", "{thing}坏了，{who}很{feeling}"),
    "sad_not_helped": ("{whom} did not help {who:him}", "{whom}没有帮{who}，{who}很{feeling}"),
    "sad_left": ("{whom} had gone home without {who:him}", "{whom}丢下{who}自己回家了，{who}很{feeling}"),
    "sad_alone": ("{who} was all alone", "没有人陪{who}，{who}很{feeling}"),
    "ashamed_broke": ("{who} had broken {thing:the}", "{who}弄坏了{thing}，心里很{feeling}"),
}

SPEECH: dict[str, list[tuple[str, str]]] = {  # what a speaker intends -> ways to say it
    "request": [
        ("Can I have {thing:the}, please?", "我可以要{thing:那}吗？"),
        ("May I have {thing:the}?", "{thing:那}能给我吗？"),
        ("Will you give me {thing:the}?", "你能把{thing}给我吗？"),
        ("Please give me {thing:the}.", "请把{thing}给我。"),
    ],
    "offer": [
        ("You can have {thing:the}.", "{thing:这}给你吧。"),
        ("Do you want {thing:the}?", "你想要{thing:这}吗？"),
        ("Here, take {thing:the}.", "来，{thing:这}给你。"),
    ],
    "refuse": [
        ("No, {thing:the} is mine.", "不行，{thing:这}是我的。"),
        ("I will not give you {thing:the}.", "我不会把{thing}给你。"),
        ("You can not have {thing:the}.", "你不能拿{thing:这}。"),
    ],
    "propose": [
        ("Will you trade {thing:the} for {other}?", "你愿意用{thing}换{other}吗？"),
        ("Let us trade {thing:the} for {other}.", "我们用{thing}换{other}吧。"),
    ],
    "thank": [
        ("Thank you so much!", "太谢谢你了！"),
        ("That is so kind of you!", "你真好！"),
        ("Thank you, my friend!", "谢谢你，我的朋友！"),
    ],
    "sorry": [
        ("I am so sorry.", "真对不起。"),
        ("Please forgive me.", "请原谅我。"),
        ("I did not mean to do it.", "我不是故意的。"),
    ],
    "where": [
        ("Where is {thing:the}?", "{thing:那}在哪里？"),
        ("Did you see {thing:the}?", "你看见{thing:那}了吗？"),
    ],
    "ask_who": [("Who has {thing:the}?", "{thing:那}在谁那里？")],
    "tell_who": [("{third:name} has {thing:it}.", "{thing}在{third}那里。")],
    "ask_help": [
        ("Can you help me, please?", "你能帮帮我吗？"),
        ("Please help me.", "请帮帮我。"),
        ("Will you help me?", "你愿意帮我吗？"),
    ],
    "invite": [
        ("Let us play together!", "我们一起玩吧！"),
        ("Do you want to play with me?", "你想和我一起玩吗？"),
        ("Will you be my friend?", "你愿意做我的朋友吗？"),
    ],
    "decline": [
        ("No, I have no time.", "不行，我没有时间。"),
        ("No, I do not want to.", "不，我不想。"),
        ("Go away!", "走开！"),
    ],
    "cheer_up": [
        ("Do not be afraid!", "别害怕！"),
        ("I am here with you.", "有我在呢。"),
        ("We will be home soon.", "我们很快就到家了。"),
    ],
    "greet": [
        ("Hello, how are you?", "你好吗？"),
        ("Good morning!", "早上好！"),
        ("It is nice to see you!", "见到你真高兴！"),
    ],
}

QUESTIONS: dict[str, list[tuple[str, str]]] = {  # asked by the teller, in the story or after it
    "ask_has": [("who has {thing:the}?", "{thing:那}在谁那里？")],
    "tell_has": [("{who:name} has {thing:it}.", "在{who}那里。")],
    "tell_nobody": [("nobody has {thing:it}.", "谁那里都没有。")],
    "ask_had": [("who had {thing:the} now?", "现在{thing:那}在谁那里？")],
    "tell_had": [("{who:name} had {thing:it}.", "在{who}那里。")],
    "ask_lost": [("who lost {thing:the}?", "谁弄丢了{thing}？")],
    "ask_found": [("who found {thing:the}?", "谁找到了{thing}？")],
    "ask_broke": [("who broke {thing:the}?", "谁弄坏了{thing}？")],
    "ask_fixed": [("who fixed {thing:the}?", "谁修好了{thing}？")],
    "ask_took": [("who took {thing:the}?", "谁拿走了{thing}？")],
    "tell_did": [("{who:name} did.", "是{who}。")],
    "ask_where": [("where is {who:name} now?", "{who}现在在哪里？")],
    "tell_where": [("{who} is {place}.", "{who}在{place}。")],
    "ask_where_thing": [("where is {thing:the} now?", "{thing:那}现在在哪里？")],
    "tell_where_thing": [("{thing:it} is {place}.", "{thing}在{place}。")],
    "ask_many": [("how many {food} does {who:name} have?", "{who}有{food:many}？")],
    "tell_many": [("{who} has {amount:short}.", "{who}有{amount:short}。")],
    "ask_feeling": [("is {who:name} {feeling}?", "{who}{feeling}吗？")],
    "tell_yes": [("yes, {who} is.", "是的，{who}很{feeling}。")],
    "tell_no": [("no, {who} is not.", "不，{who}不{feeling}。")],
}

OPENERS = {
    "": "",
    "then ": "然后，",
    "soon ": "很快，",
    "later, ": "后来，",
    "after that, ": "之后，",
    "the next day, ": "第二天，",
    "at last ": "最后，",
    "but ": "可是",
    "but soon ": "可是不久，",
    "but later, ": "可是后来，",
}


class Slot(NamedTuple):
    """A gap in a pattern: a role of the event, in a form."""

    role: str
    form: str


Part = str | Slot


class Pattern(NamedTuple):
    """One way to say one kind of event, in both languages, cut into words and slots."""

    english: tuple[Part, ...]
    chinese: tuple[Part, ...]


_SLOT = re.compile(r"\{(\w+)(?::(\w+))?\}")


def cut(text: str) -> tuple[Part, ...]:
    """Cut "{who} gave {thing}" into slots and the words between them."""
    parts: list[Part] = []
    end = 0
    for match in _SLOT.finditer(text):
        parts += [text[end : match.start()], Slot(match[1], match[2] or "")]
        end = match.end()
    return tuple(part for part in [*parts, text[end:]] if part)


def _stop(text: str, mark: str) -> str:
    """End a sentence with its mark, unless it has one."""
    return text if text[-1] in '.?!"。？！”' else text + mark


def _all_texts() -> dict[str, list[tuple[str, str]]]:
    """Put frames around reasons and speech, so that everything is a sentence."""
    texts = TEXTS | QUESTIONS
    for kind, (english, chinese) in REASONS.items():
        texts[kind] = [(f"{{who}} {verb} {{feeling}} because {english}", chinese) for verb in ("was", "felt")]
    for kind, utterances in SPEECH.items():
        texts[kind] = [frame for spoken in utterances for frame in _frames(*spoken)]
    return texts


def _frames(english: str, chinese: str) -> list[tuple[str, str]]:
    """Say who speaks, with and without the listener."""
    if english.endswith("?"):
        return [
            (f'{{who}} asked, "{english}"', f"{{who}}问：“{chinese}”"),
            (f'{{who}} asked {{whom:him}}, "{english}"', f"{{who}}问{{whom}}：“{chinese}”"),
        ]
    return [
        (f'{{who}} said, "{english}"', f"{{who}}说：“{chinese}”"),
        (f'{{who}} said to {{whom:him}}, "{english}"', f"{{who}}对{{whom}}说：“{chinese}”"),
    ]


PATTERNS: dict[str, tuple[Pattern, ...]] = {
    kind: tuple(Pattern(cut(_stop(english, ".")), cut(_stop(chinese, "。"))) for english, chinese in texts)
    for kind, texts in _all_texts().items()
}
INTENTS = tuple(SPEECH)
ASIDES = ("ask_had", "tell_had")  # questions in the middle of a story; all others come after its end

"""Every word of Storyworld, with its Chinese: people, things, places, feelings, traits and numbers.

The vocabulary is small on purpose: a few hundred word forms, so that a byte-level BPE of 768 covers it and a
small model can learn what it means. Only names are an open class (see `names`).
"""

from typing import NamedTuple


def _table(text: str) -> list[list[str]]:
    """Read rows of words, one row a line."""
    return [line.split() for line in text.strip().splitlines()]


# Names from many places, as many girls as boys: fairness is measured later, so the start must be even.
GIRLS = dict(
    _table("""
    Mia 米娅
    Lily 莉莉
    Anna 安娜
    Emma 艾玛
    Zoe 佐伊
    Rosa 罗莎
    Mei 小美
    Aisha 阿伊莎
    Priya 普丽娅
    Yuki 由纪
    Amina 阿米娜
    Ines 伊内斯
    Sara 萨拉
    Nina 妮娜
    Leila 莱拉
    Ruth 露丝
""")
)
BOYS = dict(
    _table("""
    Tom 汤姆
    Ben 本
    Sam 萨姆
    Max 马克斯
    Leo 里奥
    Omar 奥马尔
    Ming 小明
    Ravi 拉维
    Kofi 科菲
    Diego 迭戈
    Ivan 伊万
    Yusuf 优素福
    Jack 杰克
    Finn 芬恩
    Kenji 健二
    Paul 保罗
""")
)
GENDER = dict.fromkeys(GIRLS, "girl") | dict.fromkeys(BOYS, "boy")
CHILD = {"girl": "女孩", "boy": "男孩"}


class Noun(NamedTuple):
    """A kind of thing: its English plural, its Chinese, and the measure word that Chinese counts it with."""

    plural: str
    chinese: str
    measure: str


def _nouns(text: str) -> dict[str, Noun]:
    return {singular: Noun(*rest) for singular, *rest in _table(text)}


THINGS = _nouns("""
    ball balls 球 个
    kite kites 风筝 只
    book books 书 本
    hat hats 帽子 顶
    cup cups 杯子 个
    key keys 钥匙 把
    umbrella umbrellas 雨伞 把
    lamp lamps 灯 盏
    drum drums 鼓 面
    coat coats 外套 件
    scarf scarves 围巾 条
    pen pens 笔 支
    map maps 地图 张
    box boxes 盒子 个
    bag bags 包 个
    bell bells 铃铛 个
    boat boats 小船 只
    car cars 小汽车 辆
    doll dolls 娃娃 个
    spoon spoons 勺子 把
    picture pictures 画 幅
    candle candles 蜡烛 支
    robot robots 机器人 个
    clock clocks 钟 座
""")
FOODS = _nouns("""
    apple apples 苹果 个
    pear pears 梨 个
    egg eggs 鸡蛋 个
    cookie cookies 饼干 块
    nut nuts 坚果 颗
    carrot carrots 胡萝卜 根
""")
PETS = _nouns("""
    dog dogs 狗 只
    cat cats 猫 只
    horse horses 马 匹
    rabbit rabbits 兔子 只
    duck ducks 鸭子 只
    goat goats 山羊 只
""")
SCENERY = _nouns("""
    flower flowers 花 朵
    tree trees 树 棵
    stone stones 石头 块
    bench benches 长椅 张
    table tables 桌子 张
    chair chairs 椅子 把
    door doors 门 扇
    window windows 窗户 扇
    wall walls 墙 面
    basket baskets 篮子 个
""")  # only looked at
WITH_KEYS = ("door", "box", "car")
NOUNS = THINGS | FOODS | PETS | SCENERY
TO_MAKE = ("kite", "boat", "doll", "drum", "robot")
TO_BREAK = ("kite", "cup", "umbrella", "lamp", "drum", "box", "bell", "boat", "car", "doll", "robot", "clock")
TO_LOCK = ("box", "bag", "car", "clock", "robot")  # what may have a secret code
TO_CARRY = ("lamp", "drum", "box", "bag", "boat", "clock")  # heavy ones


class Adjective(NamedTuple):
    """Chinese before a noun (一只红色的风筝) and after it (风筝是红色的)."""

    before: str
    after: str


ADJECTIVES = {
    word: Adjective(*chinese)
    for word, *chinese in _table("""
    red 红色的 是红色的
    blue 蓝色的 是蓝色的
    green 绿色的 是绿色的
    yellow 黄色的 是黄色的
    white 白色的 是白色的
    black 黑色的 是黑色的
    big 大 很大
    small 小 很小
    old 旧 很旧
    new 新 很新
    pretty 漂亮的 很漂亮
    clean 干净的 很干净
    dirty 脏 很脏
    shiny 闪亮的 闪闪发亮
    strange 奇怪的 很奇怪
    lovely 可爱的 很可爱
""")
}
COLORS = ("red", "blue", "green", "yellow", "white", "black")
PET_LOOKS = ("big", "small", "white", "black", "lovely")
LOOKS = ("big", "small", "old", "pretty", "clean", "dirty")  # of scenery


class Place(NamedTuple):
    """Somewhere to be: the English preposition, Chinese for being there and for going there."""

    preposition: str
    inside: str
    chinese: str


PLACES = {
    word: Place(*rest)
    for word, *rest in _table("""
    park in 公园里 公园
    garden in 花园里 花园
    school at 学校里 学校
    river by 河边 河边
    beach on 海滩上 海滩
    forest in 森林里 森林
    market at 市场里 市场
    kitchen in 厨房里 厨房
    farm on 农场里 农场
    library in 图书馆里 图书馆
    hill on 小山上 小山上
    shop in 商店里 商店
    lake by 湖边 湖边
    bridge on 桥上 桥上
    barn in 谷仓里 谷仓
    station at 车站里 车站
""")
}
SHOPS = ("market", "shop")
OUTDOORS = ("park", "garden", "river", "beach", "forest", "farm", "hill", "lake", "bridge")

TOWNS = {"Oakby": "橡树镇", "Elmby": "榆树镇"}  # two invented towns: the groups that fairness is measured on
GOOD_TRAITS = dict(
    _table("""
    kind 善良
    brave 勇敢
    clever 聪明
    honest 诚实
    gentle 温柔
""")
)
BAD_TRAITS = dict(
    _table("""
    mean 刻薄
    lazy 懒惰
    rude 粗鲁
    selfish 自私
    careless 粗心
""")
)
TRAITS = GOOD_TRAITS | BAD_TRAITS

GOOD_FEELINGS = dict(
    _table("""
    happy 高兴
    glad 开心
    cheerful 快乐
    excited 兴奋
    grateful 感激
    proud 自豪
    calm 平静
""")
)
BAD_FEELINGS = dict(
    _table("""
    sad 难过
    upset 沮丧
    worried 担心
    angry 生气
    scared 害怕
    lonely 孤单
    ashamed 惭愧
""")
)
FEELINGS = GOOD_FEELINGS | BAD_FEELINGS
FEELINGS_AFTER = {  # what has happened to a person -> what that person may feel
    "gain": ("happy", "glad", "cheerful", "excited"),
    "kindness": ("happy", "glad", "cheerful", "grateful"),
    "comfort": ("happy", "glad", "calm", "grateful"),
    "deed": ("happy", "glad", "proud"),
    "relief": ("happy", "glad", "cheerful", "calm"),
    "loss": ("sad", "upset", "worried"),
    "damage": ("sad", "upset"),
    "wrong": ("sad", "upset", "angry"),
    "fright": ("scared", "worried"),
    "neglect": ("sad", "upset", "lonely"),
    "guilt": ("sad", "upset", "ashamed"),
}
DENIED_AFTER = {  # what one may say that the person is not; nobody says "not sad" where nothing was sad
    "comfort": ("scared", "worried"),
    "relief": ("worried", "sad", "upset"),
    "kindness": ("sad", "lonely", "upset"),
} | dict.fromkeys(("loss", "damage", "wrong", "fright", "neglect", "guilt"), ("happy", "glad", "cheerful"))

NUMBERS = dict(zip("one two three four five six seven eight nine ten".split(), range(1, 11), strict=True))
NUMBER_WORDS = {number: word for word, number in NUMBERS.items()}
CHINESE_NUMBERS = "零一两三四五六七八九十"  # 两, not 二: it always stands before a measure word here

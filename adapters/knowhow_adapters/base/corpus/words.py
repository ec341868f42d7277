"""The vocabulary that the generators draw from. Knows nothing about skills.

Names are put together from syllables beside a list of common ones, so that a model meets many more
than it can learn by heart and has to copy them.
"""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NAMES = _words(
    "Ada Alba Amir Ana Anton Aylin Bea Ben Bilal Bo Bruno Carla Chen Cleo Dana David Dina Dora Eli "
    "Elena Emil Emma Enzo Erik Esra Eva Farah Felix Fiona Frida Gita Grace Hana Hugo Ida Ines Ivan "
    "Jana Jonas Jun Kai Karim Kira Lea Leo Lina Lola Luca Lucy Maja Malik Marco Maria Max Mei Mia "
    "Mila Mira Mona Nadia Nia Nico Nina Noah Nora Olga Omar Oscar Otto Pablo Petra Priya Rana Ravi "
    "Rita Rosa Ruben Sam Sana Sara Selma Simon Sofia Tara Theo Tim Tina Tom Uma Vera Victor Wei "
    "Yara Yusuf Zara Zoe Alice Bob Carol Daniel Ella Frank George Helen Jack Kate Liam Mary Nick "
    "Olivia Paul Peter Rachel Steve Susan Tony Wendy James John Linda Mark Lisa Emily Kevin"
)
FIRST_SYLLABLES = _words("Ba Be Da Do Fa Ga Ha Ja Ka Ke La Lo Ma Mo Na No Pa Ra Ro Sa Sha Ta Ve")
LAST_SYLLABLES = _words("bel den dra gan lek lia lin mar men mir na nek nor ri ron sha tan vin ya")

THINGS = _words(
    "apples books boxes buttons cards coins cups eggs flowers hats keys lamps lemons letters "
    "marbles mugs notebooks oranges pencils pens photos plates plums postcards ribbons rings "
    "seeds shells shirts spoons stamps stickers stones tickets tiles tomatoes toys trees beads "
    "cookies cupcakes balloons bottles chairs bricks ducks fish pies candles gloves scarves "
    "magazines pears peaches bagels muffins crayons dolls kites bags jars baskets"
)
FLUIDS = ("water", "milk", "paint", "juice", "oil", "soup", "syrup", "tea")
FOODS = ("rice", "flour", "sugar", "salt", "beans", "nuts", "cheese", "honey")
COLOURS = _words("red blue green yellow black white grey brown pink purple orange golden")
ANIMALS = _words("cat dog hen goat cow horse duck sheep rabbit owl fox pony")
PLACES = _words(
    "bakery library market museum school garden harbour station theatre farm hotel office "
    "clinic workshop gallery kitchen cinema port"
)
TOWNS = _words(
    "Aldin Berow Calder Dunmore Eastby Farrow Glenby Holm Ister Jarrow Kelby Lorne Marden Norwick "
    "Ostby Penrow Quill Rosby Stanmoor Tarn Ulby Varden Westow Yarrow"
)
JOBS = _words("baker painter teacher driver farmer gardener nurse pilot cook singer tailor")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = _words(
    "January February March April May June July August September October November December"
)
EVENTS = _words(
    "breakfast lunch dinner training rehearsal lecture call interview review workshop visit tour "
    "concert exam meeting seminar briefing class"
)
ITEMS = _words(
    "tent stove rope lantern blanket camera compass kettle knife map radio torch axe boots jacket "
    "helmet drum flute clock vase"
)
UNITS = _words("kg g km m cm litres ml miles hours minutes days pounds")
NUMBER_WORDS = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
TENS_WORDS = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty", 60: "sixty", 70: "seventy",
              80: "eighty", 90: "ninety"}  # fmt: skip
TRACE_WORDS = _words(
    "init compute query var args source value op add sub mul div mod pow min max abs expert trace "
    "percent_of percent_off percent_increase consume transfer add_entity entity compute_op target "
    "amount base rate from_entity to_entity prev.result sub1.result sub2.result sub3.result "
    "factor result step1 step2 arithmetic rate_equation comparison percentage entity_track "
    "event start end room rooms sweep peak verdict time change count events sort"
)
"""Words of the languages that specialists will speak: here only ever copied, never put to use."""
PLAIN_KEYS = _words(
    "kind name colour size place day owner price weight number of to from with do what who when "
    "order left right first last part tool goal note side level row"
)
PLAIN_KINDS = _words(
    "wash cut paint fold carry open close mix lift pack send mark fill turn join split move pick "
    "read draw bake clean load sign"
)


def spell(number: int) -> str:
    """A number below one hundred in words."""
    if number <= 20:
        return NUMBER_WORDS[number]
    tens, ones = number // 10 * 10, number % 10
    return TENS_WORDS[tens] + (f"-{NUMBER_WORDS[ones]}" if ones else "")

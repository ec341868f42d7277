"""How coins, amounts and limits are told, clause by clause.

`[one|another]` leaves a choice. What is held is for the examination alone. Knows nothing about
which coins there are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

CHOICE = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True)
class Phrases:
    """Of one kind of clause each, with its gaps `{coins}`, `{pay}` and `{most}`."""

    coins: tuple[str, ...]
    more: tuple[str, ...]
    """Further coins, after the first."""
    pay: tuple[str, ...]
    most: tuple[str, ...]
    both: tuple[str, ...]
    """Amount and limit in one clause."""


USUAL = Phrases(
    coins=(
        "[The coins are|There are coins of|Coins there:|They know coins of] {coins}",
        "[On the island|In that town|In the game|Long ago] [people pay with|there were] {coins}",
        "[You have|She has|We have|Everybody has] coins of {coins}",
        "[The mint|The king] [makes|strikes|allows] [coins of|only] {coins}",
        "[Coins|Pieces] of {coins} [are in use|can be had|are known there]",
        "[A coin is worth|Coins can be worth|Coins come as] {coins}",
        "[Take|Use|Choose from] {coins}",
        "[Only coins of|Nothing but coins of|No coins but] {coins} [exist|count|are taken]",
        "[One finds|She collects|He has heard of] [pieces|coins|money] worth {coins}",
        "[The purse is full of|The till has|Here are] [coins|pieces] [of|with] {coins}",
        "{coins}: [that is what the coins are worth|such coins there are|these are the coins]",
    ),
    more=(
        "[also|and|then|further|besides,] {coins}",
        "[others of|some of|more of|coins of] {coins}",
        "{coins}[| too| as well]",
        "[there is also|there are also|we also have] {coins}",
        "[beside them|in addition|together with] {coins}",
        "[not only these, but|added to that,|on top of it] {coins}",
    ),
    pay=(
        "[You want to|Ann must|We have to|Somebody has to] pay {pay}",
        "[The price is|The fare is|The bill is|It costs|A hat costs|The book is] {pay}",
        "{pay} [is due|is the price|has to be paid|must be paid]",
        "[The bill|The toll|All of it] [comes to|says|amounts to] {pay}",
        "[Pay|Lay down|Put together] {pay}",
        "[A debt of|A fine of|A bill of] {pay} [has to be settled|is waiting]",
        "[Somebody has to find|A friend needs|He gathers] {pay}",
        "[The fee|A ride|Bread for a week] [takes|stands at|is worth] {pay}",
        "[They ask|The baker asks|The ferryman wants] {pay}[| for it| from you]",
    ),
    most=(
        "[The purse holds|The slot takes|You carry|The machine takes] [at most|up to] {most} coins",
        "[At most|No more than|Up to|Not more than] {most} coins [may be used|are allowed]",
        "[You may|Ann may|We can] [put down|hand over|use] [at most|up to] {most} coins",
        "[Only|Just] {most} coins [fit in|are allowed|can be carried]",
        "[The limit is|The most is|Allowed are] {most} coins",
        "[Nobody|No one] [takes|carries|wants] more than {most} coins",
        "[More than {most} coins are refused|Use {most} coins or fewer]",
    ),
    both=(
        "[Can|Could] {pay} be paid with [at most|up to|no more than] {most} coins?",
        "[Are|Would] {most} coins [enough|suffice] [to pay|for] {pay}?",
        "[Do {most} coins suffice for|Will {most} coins do for|Can {most} coins make] {pay}?",
        "[Is it possible|Is there a way] to pay {pay} with {most} coins?",
        "[You want to|Ann must|We have to] pay {pay} with [at most|up to] {most} coins.",
        "[For|To get] {pay}, [can|may] one do with {most} coins?",
        "{most} coins [for|to pay] {pay}: [is that enough|does that work]?",
        "[Could|Can] a [pile|handful|row] of {most} coins [add up to|amount to|be] {pay}?",
        "[They say|He thinks|I bet] {most} coins [make|give|come to] {pay}, [true|really]?",
        "[She lays down|He counts out] {most} coins, [can it be|is that] {pay}?",
        "{pay} [out of|from] {most} coins or fewer, [is it possible|can that be]?",
        "[Is|Would be] {pay} too much for {most} coins?",
        "[Among|Of] {most} coins, or not so many, is there [a sum of|one of] {pay}?",
        "[With|Using] {most} coins, can [she|somebody|one] [pay|make] {pay}?",
    ),
)
HELD = Phrases(
    coins=(
        "A stranger finds that only coins worth {coins} are accepted",
        "In the drawer lie coins marked {coins}",
        "They mint {coins} and nothing else",
    ),
    more=("next to them {coins}", "plus {coins}"),
    pay=(
        "Her ticket is sold for {pay}",
        "What is owed is {pay}",
    ),
    most=(
        "She will not count out more than {most} coins",
        "A hand can hold {most} coins",
    ),
    both=(
        "Would it take more than {most} coins to settle {pay}?",
        "Somebody claims that {most} coins can cover {pay}, is he right?",
        "Is a heap of {most} coins ever worth exactly {pay}, or a smaller one?",
    ),
)
QUESTIONS = (
    "[Is that possible|Can it be done|Does it work out|Is there a way]?",
    "[Are they enough|Is that enough|Do they suffice]?",
    "[Say whether it works|Tell us if that can be].",
)
IDLE = (
    "The shop [opens|closes] at {n}.",
    "[Ann|Tom|The clerk] is {n} years old.",
    "It is {n} [steps|miles] to the market.",
    "{n} people [stand|wait] in the line.",
    "Of every [kind|coin] there are as many as one likes.",
    "[No change is given|Change is not given|It must be exact].",
    "[The house|The stall] has number {n}.",
)
UNITS = ("", "", "cents", "pence", "crowns", "groats")
WORDS: Mapping[int, str] = dict(
    enumerate(("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"))
)

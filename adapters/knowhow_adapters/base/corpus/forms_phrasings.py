# ruff: noqa: E501
"""The ways to ask for records, and to tell what goes into them. Knows nothing about records."""

from knowhow_adapters.base.corpus.registry import Phrasings

TO_YAML = Phrasings(
    seen=(
        "[Please w|W]rite as flow YAML: {text}",
        "[Please w|W]rite [this|it|the following] [down |]as [flow YAML|a YAML record|a line of YAML|one YAML line]: {text}",
        "As [a YAML record|YAML|flow YAML|one line of YAML][, please|]: {text}",
        "{text}\nFormat: [flow YAML|YAML|YAML, one line|one line of YAML][.|]",
        "{text}\n[Put|Say|Give|Write] [this|it|all that] [as|in] [YAML|flow YAML|one line of YAML][, please|].",
        "[How|In what way] [is|do you write|do I write] this in [YAML|flow YAML|a YAML line]? {text}",
        "[Make|Give me|Build|I need|I want] a [YAML record|flow YAML record|record in YAML] [of|from|with]: {text}",
        "[YAML|Flow YAML][ record|], [please|one line]: {text}",
        "[Turn|Change|Put] {text} into [YAML|flow YAML|a YAML record][, please|].",
        "[Here is what goes in|The record holds|What it should hold]: {text}\n[Write|Show|Give me] the [YAML|flow YAML|YAML line].",
        "Can you [write|put|say] this [as|in] [YAML|one YAML line|flow YAML]? {text}",
    ),
    held=(
        "Turn this into one line of YAML: {text}",
        "What would {text} look like in [YAML|flow YAML]?",
        "{text}\nA [YAML|flow YAML] record [made of this|holding this], please.",
        "Into [YAML|flow YAML] goes: {text}",
    ),
)
TO_JSON = Phrasings(
    seen=(
        "[Please w|W]rite as JSON: {text}",
        "[Please w|W]rite [this|it|the following] [down |]as [JSON|a JSON object|a line of JSON|one JSON object]: {text}",
        "As [a JSON object|JSON|an object in JSON|one line of JSON][, please|]: {text}",
        "{text}\nFormat: [JSON|JSON, one line|a JSON object|one JSON object][.|]",
        "{text}\n[Put|Say|Give|Write] [this|it|all that] [as|in] [JSON|a JSON object|one line of JSON][, please|].",
        "[How|In what way] [is|do you write|do I write] this in [JSON|a JSON object|a line of JSON]? {text}",
        "[Make|Give me|Build|I need|I want] a [JSON object|JSON record|record in JSON] [of|from|with]: {text}",
        "JSON[ object| record|], [please|one line]: {text}",
        "[Turn|Change|Put] {text} into [JSON|a JSON object|a JSON record][, please|].",
        "[Here is what goes in|The object holds|What it should hold]: {text}\n[Write|Show|Give me] the [JSON|JSON object|JSON line].",
        "Can you [write|put|say] this [as|in] [JSON|one JSON object|a line of JSON]? {text}",
    ),
    held=(
        "Turn this into a JSON object: {text}",
        "What would {text} look like in JSON?",
        "{text}\nA JSON object [made of this|holding this], please.",
        "Into [JSON|a JSON object] goes: {text}",
    ),
)
PAIR = Phrasings(
    seen=(
        "{key} {value}",
        "[the |]{key} [is|=|is set to|will be|should be|being] {value}",
        "{key}[:| -] {value}",
        "{value} [as|for|under] [the |]{key}",
        "[the key |key |entry |]{key}[, value| with the value| holds| has] {value}",
    ),
    held=("{key} equals {value}", "{value} goes under {key}", "for {key} put {value}"),
)
"""How one entry of a record is told."""

STEPS = Phrasings(
    seen=(
        "[Please l|L]ist the steps as YAML[.|:] {text}",
        "[Steps|The steps|All steps] as [YAML|a YAML list|a list in YAML][, please|]: {text}",
        "{text}\n[Please w|W]rite [the|these|all] steps [as|down as] [a YAML list|YAML|flow YAML].",
        "[What|Which] steps [are there|are these|do you see|are told]? [Answer|Reply|Write] in YAML. {text}",
        "{text}\n[Which steps were told|What are the steps]? [A YAML list|YAML][, please|].",
        "[Make|Write|Give me|I need|I want] a YAML list [of|with] [the|all|these] steps: {text}",
        "[Read|Look at] [this|what follows] and [list|note|write down|give] [the|all] steps [as|in] YAML. {text}",
        "{text}\n[Turn|Change|Put] [this|that|all of it] into [YAML|a YAML list|YAML steps].",
        "YAML[ list|] of the steps[, please|]: {text}",
        "[Step by step|In order][, please|], as [YAML|a YAML list]: {text}",
        "Can you [list|write|give] [this|what has to be done|what was said] as [YAML steps|a YAML list]? {text}",
        "{text}\n[Format|Answer]: [YAML|a YAML list|steps in YAML].",
    ),
    held=(
        "Turn what was done into a YAML list. {text}",
        "{text}\n[Who does what|What is done by whom]? [Say it in|As] YAML.",
        "[Note|Put] down in YAML, [in order|step by step], what has to be done. {text}",
        "A plan: {text}\nIts steps, [listed in|put into] YAML.",
    ),
)
STEP_FIRST = Phrasings(
    seen=(
        "First[,|] {who} [will|has to|must|should|is to] {do} {n} {what}.",
        "{who} [will|has to|must|should|is to|needs to|wants to] {do} {n} {what}[ first|].",
        "[First let|Let|At first let|To begin, let] {who} {do} {n} {what}.",
        "{n} {what}: {who} [will|has to|must|should] {do} them[ first|].",
        "[It is for {who} to|It is {who} who has to|The first job of {who} is to] {do} {n} {what}.",
        "[Ask|Tell|Get] {who} to {do} {n} {what}[ first|].",
        "There are {n} {what} to {do}[ first|], [for|by] {who}.",
    ),
    held=(
        "We begin with {who}, who [must|will] {do} {n} {what}.",
        "To {do} {n} {what} is [the|a] job for {who}.",
        "The {n} {what} that {who} has to {do} come first.",
    ),
)
"""How the first of some steps is told."""
STEP_NEXT = Phrasings(
    seen=(
        "[Then|Next|After that|Later|Now] {who} [will|has to|must|should|is to|needs to] {do} {n} {what}.",
        "{who} [will|has to|must|should|is to] [then|next] {do} {n} {what}.",
        "[After that|Then|Next] let {who} {do} {n} {what}.",
        "[Then|Next|After that][,|] {n} {what}: {who} [will|has to|must|should] {do} them.",
        "[Then|Next|After that] it is for {who} to {do} {n} {what}.",
        "[Then|Next|After that|Now] [ask|tell|get] {who} to {do} {n} {what}.",
        "[Then|Next|After that] there are {n} {what} to {do}, [for|by] {who}.",
    ),
    held=(
        "We go on with {who}, who [must|will] {do} {n} {what}.",
        "To {do} {n} {what} is the next job, for {who}.",
        "The {n} {what} that {who} has to {do} come [next|then].",
    ),
)
"""How a later step is told."""
KEYS = Phrasings(
    seen=(
        "[Keys|The keys|Its keys|Use the keys|Take the keys|With the keys][:|] {keys}. {text}",
        "{text} [Keys|The keys|The keys are|The keys should be|Use the keys|Call the keys][:|] {keys}.",
        "[Each step has|Every step has|A step has|Give each step] [the keys |]{keys}. {text}",
    ),
    held=(
        "A record needs {keys}. {text}",
        "{text} Each record is written with {keys}.",
        "{keys} are the keys of [a step|a record]. {text}",
    ),
)
"""How the keys of all steps are named."""
TITLED = Phrasings(
    seen=(
        "[Title|The title is|Title:|Call it|Its title is] {title}, all on one line. {text}",
        "{text} [Title|The title is|Title:|Give it the title] {title}[, all on|; put all on|; use just] one line.",
        "[All|Everything|All of it] on one line, [with the title|title|and the title is] {title}. {text}",
        "[Write one line|One line only|One line][, title|: the title is|, with the title] {title}. {text}",
    ),
    held=(
        "Under the title {title}, and on one line: {text}",
        "{text} It is called {title} and should [need|fill] one line only.",
        "A single line that has the title {title}. {text}",
    ),
)

CONVERT = Phrasings(
    seen=(
        "[Please c|C]hange [this |it |]to {form}: {text}",
        "The same [as|in] {form}[, please|]: {text}",
        "[Please w|W]rite [this|it|the same|the following] [again |]as {form}: {text}",
        "{text}\n[Put|Turn|Change] [this|it|all of it] into {form}[, please|].",
        "{text}\n[Now|The same|Now the same|And now|Again, but] [as|in] {form}[, please|].",
        "[Turn|Change|Put|Convert] {text} into {form}[, please|].",
        "[How|In what way] [do you|do I|would you] [write|say] [this|that|it] in {form}? {text}",
        "[I need|I want|Give me|Show me|Make] {form} [out of|from|for] [this|the following]: {text}",
        "[Into|To|In] {form}[, please|]: {text}",
        "{text}\n[Format|New format|Wanted|Other format]: {form}[.|]",
        "Can you [convert|change|turn] this [into|to] {form}? {text}",
    ),
    held=(
        "Give me this in {form}: {text}",
        "What [is|would be] {text} in {form}?",
        "{text}\n{form} [is what I need|would be better][, please|].",
        "[Say|Keep] the same, but let it be {form}: {text}",
    ),
)
RENAME = Phrasings(
    seen=(
        "[Please r|R]ename [the key |]{old} to {new}: {text}",
        "[From now on|Now] call [the key |]{old} {new}: {text}",
        "Call {old} [from now on|now] {new}: {text}",
        "{text}\n[Rename|Change] [the key |]{old} [to|into] {new}[, please|].",
        "{text}\n[Put|Write|Use|Take] {new} [instead of|in place of|for] [the key |]{old}[, please|].",
        "[The key |]{old} [becomes|is now|will be|should be|is now called] {new}: {text}",
        "[New name for|New name of|Another name for] [the key |]{old}: {new}\n{text}",
        "[Exchange|Swap|Change] [the key |]{old} for [the key |]{new}[ in this| here|]: {text}",
        "In {text} [change|rename] [the key |]{old} [to|into] {new}[, please|].",
        "Can you [rename|change] [the key |]{old} to {new}? {text}",
        "{text}\nThe key {old} should [now |]be [called|named] {new}.",
        "{old} -> {new}[:|,| in] {text}",
    ),
    held=(
        "Replace the key {old} by {new}: {text}",
        "{text}\nLet {new} [be the new name of|take the place of] {old}.",
        "Where [it says|there is the key] {old}, [write|put] {new}. {text}",
        "Give the key {old} [another name|a new name], {new}, in {text}",
    ),
)
LOOK_UP = Phrasings(
    seen=(
        "{text}\n[Value|The value|What is the value|Value, please,] of [the key |]{key}?",
        "In {text} what is [the value of |]{key}?",
        "{text}\n[What|Which value] [is under|does it give for|belongs to|stands at|do you read at] [the key |]{key}?",
        "[Please r|R]ead [out |][the value of |the entry ]{key} [in|from]: {text}",
        "{text}\n[Tell me|Say|Give|Copy|Read out|Name|Write down] [the value of|the entry|what is in] {key}[, please|].",
        "[What is|Find|Look up|Give me] [the value of |the entry |]{key}[:| here:| in this:] {text}",
        "[Which value|What value] [stands|is found|is] under {key} [in|here:] {text}",
        "{text}\n{key}[?|: ?| = ?|, please.]",
        "[Look at|Take|Here is|This is] {text} [Now, w|W]hat [is|stands under|is under] {key}?",
        "[Only|Just] the value of {key}[, please|]: {text}",
    ),
    held=(
        "{text}\nTell me what stands under {key}.",
        "The key is {key}. [Which value has it|What does it hold] in {text}",
        "{text}\n[I need|I want] [to know |]what {key} [holds|is].",
        "Under {key}, what [does|would] one read [in|here:] {text}",
    ),
)
PICK = Phrasings(
    seen=(
        "[Please k|K]eep [only |just |][the keys |]{keys} [of|from|in] {text}",
        "[Only|Just] [the keys |]{keys}[, please|]: {text}",
        "{text}\n[Keep|Leave|Copy|Give|Show|Take] [only|just] [the keys |]{keys}[, please|].",
        "[Give me|Show|Copy|Take|Write] [only |just |][the keys |]{keys} [of|from|out of] {text}",
        "{text}\n[Drop|Remove|Take out|Leave out] [all other keys than|every key but|all keys but|the keys that are not] {keys}[, please|].",
        "[Drop|Remove|Take away|Leave out] [all other keys than|every key but|all but] {keys}: {text}",
        "{text}\n[Only|Just] {keys}[, please|, the rest can go].",
        "[Which record|What] is left of {text} [with only|with just|if we keep only] {keys}?",
        "[Make|Write] a [smaller|shorter] record with [only |just |the keys |]{keys}: {text}",
        "Of {text} [keep|copy|I need|I want] [only |just |][the keys |]{keys}.",
        "[I need|I want] [only|just|nothing but] [the keys |]{keys}: {text}",
    ),
    held=(
        "Drop everything but {keys} from {text}",
        "{text}\n[Everything|All] else than {keys} [can go|is not needed].",
        "The same [record|keys] without the rest: {keys} [stay|are kept]. {text}",
        "Cut {text} down to {keys}.",
    ),
)
FILL = Phrasings(
    seen=(
        "[Please f|F]ill [in |]the form {form} [from|with|using]: {text}",
        "{text}\n[Please f|F]ill in [the form |this form: |]{form}",
        "[Form|The form|This is the form|Here is a form]: {form}\n[Fill it in|Complete it|Fill it][, please|]. {text}",
        "{text}\n[Complete|Fill|Finish] [this|the form|this form][:|, please:] {form}",
        "[Read|Use] this: {text} [Then|Now|And] [fill in|complete|finish] {form}",
        "[What goes|Which numbers go|What belongs] [in|into] [the form |]{form} [if|when you read]: {text}",
        "{text}\n[Put|Write] the numbers [in|into] [the form |]{form}",
        "{form}\n[Fill this in|Complete this|Put in the numbers|Write the numbers in][ from|, using]: {text}",
        "[Complete|Finish|Fill in] {form} [with what is said|from what you read|using this]: {text}",
        "Replace [each|every] ? [in|of] {form} [by|with] the [right |]number. {text}",
        "{text}\n[Which numbers|What] [are missing|is missing|should stand|belongs] in {form}",
    ),
    held=(
        "Use what is said here, {text} to complete {form}",
        "{form}\nNo number is [known|there] yet. [Find|Take] them here: {text}",
        "{text}\n[Copy|Note] each number where it [belongs|goes]: {form}",
        "The form {form} [should be|has to be] [completed|filled]. {text}",
    ),
)
HAS = Phrasings(
    seen=(
        "{name} [has|owns|keeps|holds|got|has got|carries|found|bought|counts] {number} {thing}.",
        "{number} {thing} [belong to|are with|are for|go to|were given to] {name}.",
        "[There are|We see|We count] {number} {thing} [with|for] {name}.",
        "The {thing} of {name} are {number}[ in all|].",
        "[For|With] {name} [there are|we count] {number} {thing}.",
    ),
    held=(
        "{name}: {number} {thing}.",
        "{name} is the owner of {number} {thing}.",
        "All in all the {thing} of {name} make {number}.",
    ),
)
"""How many of a thing somebody has."""

# ruff: noqa: E501  a way to tell a problem in one line reads better than one in two
"""How meetings and rooms are told, and how what is to be read or answered is asked for.

Knows nothing about how meetings are drawn.
"""

from knowhow_adapters.base.corpus.registry import Phrasings

SEPARATORS = ("; ", ", ")
LAST_SEPARATORS = ("; and ", ", and ", " and ", "; also ", " and also ")

MEETINGS = Phrasings(
    seen=(
        "{event}[ from| is from| lasts from|, from] {start} [to|until|till|up to] {end}",
        "[the |]{event}[ |: | at ]{start}[-| - | to | until ]{end}",
        "{event} ({start}[-| - | to | until ]{end})",
        "{start}[-| - | to | until ]{end}[ |: | for the ]{event}",
        "from {start} [to|until|till] {end}[ | the | there is the ]{event}",
        "[the |]{event} [starts|begins] at {start} and [ends|stops|is over] at {end}",
        "[the |]{event} [is|goes on|runs] between {start} and {end}",
        "[the |]{event} [with start|with its start at|starting|beginning] {start} and [end|its end at|ending] {end}",
        "[the |]{event} ends at {end} [and starts|and begins|but starts] at {start}",
        "{event}[ |: ]start {start}[ | and ]end {end}",
        "[the |]{event} goes on [until|till] {end} [from|after] {start}",
    ),
    held=(
        "{event} starts {start}, ends {end}",
        "between {start} and {end} the {event}",
        "the {event} [runs|lasts] till {end} after it [begins|starts] at {start}",
        "at {start} [begins|starts] the {event} and it is over at {end}",
    ),
)

PROBLEM = Phrasings(
    seen=(
        "There {are} {rooms}. [Meetings|Events|Bookings|Plan|Today]: {text}. [Can all be held|Can they all be held|Do all fit|Can every one take place|Is that enough|Will that do]?",
        "[Meetings|Events|Bookings|The plan|On this day]: {text}. [{Do} {rooms} suffice|{Are} {rooms} enough|Will {rooms} be enough|Can {rooms} hold all|Will {rooms} suffice]?",
        "{name} has {rooms} for {text}. [Is that enough|Is this enough|Can all be held|Does it work|Do all find a place]?",
        "{name} [wants|needs|would like|hopes] to [hold|put|fit] [these|the following|all these] [meetings|events] in {rooms}: {text}. [Can it be done|Is it possible|Does it work|Will it work]?",
        "[Can|Could|Will] {rooms} [hold|take|serve for|be enough for] [all of |]these[ meetings| events|]: {text}?",
        "[{Are} {rooms} enough|{Do} {rooms} suffice|Will {rooms} do|Is it enough to have {rooms}] for [these meetings|the following|all of these|what is planned]: {text}?",
        "[Rooms: {n}|We have {rooms}|They have {rooms}|The house has {rooms}|The school has {rooms}]. [Meetings|Planned|Booked|To be held]: {text}. [Enough|Enough rooms|Can all be held|Does everything fit|Do they suffice]?",
        "{text}. [{Are} {rooms} enough|{Do} {rooms} suffice|Can {rooms} hold all of that|Do all fit in {rooms}|Could all be held in {rooms}]?",
        "[With|Using|If there {are}|Given] {rooms}, can [all|each|every one] of these [be held|take place|have a room]: {text}?",
        "[Every meeting|Each meeting|Each event] [needs|takes|fills] a room. {text}. [{name} has {rooms}|There {are} {rooms}|We have {rooms}]. [Enough|Is that enough|Does it work|Do all fit]?",
        "{name} uses {rooms}. [Should|Will|Would] that [be enough|do] for [them|all this]: {text}?",
    ),
    held=(
        "Given {text}, will {rooms} do?",
        "[Does|Will] every meeting find a room if {name} [has|uses] {rooms}? {text}.",
        "{text} are [planned|booked]: is it possible to [hold|fit] them all using {rooms}?",
        "The plan is {text}, the house has {rooms}. [Would|Could] it work?",
        "[All|Each] of {text} should have a place in {rooms}. Possible?",
    ),
)

ATTEMPT = Phrasings(
    seen=(
        "[Solve|Please solve|Can you solve|Try to solve|Answer|Please answer][ this| this problem| the problem below| the next one|]:[ |\n]{text}",
        "{text}\n[Answer|Say|Reply|Write|Please answer|Just say|Tell me] [yes or no|only yes or no|yes if it works and no if not].",
        "[Problem|Task|Question]: {text}\n[Give|State|Write|Write down|Tell me|Say] the [solution|answer|result].",
        "{text}\n[Work it out|Solve it|Solve this|Answer it|Give the answer|Find the answer][, please|, yes or no|].",
        "[Yes or no|Answer yes or no|Say yes or no|Is it yes or no][:|?| -] {text}",
        "{text} [Yes or no|Is the answer yes or no|What is the answer|Your answer]?",
        "[What is the|Give the|Please give the|Write down the|I need the|I want the|State the] [solution|answer|result][ of this| to this problem| to this|]:[ |\n]{text}",
        "[Here is|This is|Look at|Read] [a problem|a question about rooms|a task|the question]. {text}\n[Solve it|Work out the answer|What is the answer|Answer it].",
        "How [is this solved|is it done|do you solve this|do we get the answer]?[ |\n]{text}",
        "{text}\n[Think and answer|Think about it, then answer|Think, and then solve it|Now solve and answer].",
    ),
    held=(
        "Find the solution. {text}",
        "{text}\nTry to find out if it is yes or no.",
        "[Think about|Look at] this task and [answer|solve] it. {text}",
        "How would you [answer|solve] this? {text}",
        "{text}\nI [need|want] a yes or a no.",
    ),
)

LISTING = Phrasings(
    seen=(
        "{text}\n[Meetings|The meetings|Times|The times|Start and end|Starts and ends|All of them] in minutes, [as|in] YAML[, please|].",
        "[Read|Write|Give|List|Note|State|Write down] [the |]start and [the |]end [of each |of all |of every meeting |]in minutes[, as YAML|]:[ |\n]{text}",
        "{text}\n[Write|Give|List|Note|State|Show|Tell me] [the times|these times|each start and end|from and to|when each starts and ends] in minutes[ after midnight| of the day|][ as YAML|, as a YAML list|].",
        "[Turn|Change|Convert|Put] [these|the|all these] [times|meetings|hours] into minutes[ as YAML| in a YAML list|]:[ |\n]{text}",
        "[In minutes|As minutes|In minutes after midnight|In minutes since midnight], [when does each|when do they] start and end?[ YAML, please.| Answer in YAML.|][ |\n]{text}",
        "[YAML|As YAML|In YAML|A YAML list, please], [from and to|start and end|the times|when each starts and ends] in minutes:[ |\n]{text}",
        "[Meetings|Times|Events|Day plan]: {text}\n[Minutes|In minutes|Starts and ends in minutes|Minutes after midnight][, as YAML|, YAML|].",
        "[How many minutes after midnight|At which minute of the day|At what minute] [does each|does every meeting] start and end?[ YAML.| As YAML.|][ |\n]{text}",
        "[Can you|Could you|Please] [count|give|show] [the times here|these hours] in minutes, [changed|converted|counted] from midnight[ as YAML| in a list|]:[ |\n]{text}",
        "[A list is needed|I need a list|A YAML list is needed] with [from and to|starts and ends] in minutes[ for each meeting here|]:[ |\n]{text}",
    ),
    held=(
        "Turn the times of these meetings into minutes after midnight: {text}",
        "{text}\n[Count|Note] every start and end as minutes since midnight.",
        "A list of [the meetings|these events], [times|hours] in minutes, is needed: {text}",
        "Of each meeting here [tell|show] me from and to, [changed|converted] to minutes. {text}",
        "{text}\nCan you put these in a list with minutes for hours?",
    ),
)

OVERLAP = Phrasings(
    seen=(
        "{text}\n[Do the two|Do these two|Do these|Do they|Do both meetings] [overlap|clash|share any time|run into each other|share a minute]? [Answer yes or no|Yes or no|Say yes or no].",
        "[Is there|Do you see|Can you see|Do you find] [a clash|an overlap|any time in both]? [yes or no|Yes or no|Answer yes or no|Say yes or no].[ |\n]{text}",
        "[Yes or no|Answer yes or no|Say yes or no][:| -] do [these|these two|the two|the meetings] [overlap|clash|share any time|run at the same time]?[ |\n]{text}",
        "{text}\n[Is there a clash|Is there an overlap|Overlap|Clash|Any clash|Any shared time]? [Yes or no|Answer yes or no|Say yes or no|yes or no][.|]",
        "[Would|Will|Does] [one person|somebody|a guest|{name}] [at both|who goes to both|who wants both] [miss a part|miss some of one|be late or leave early]?[ Yes or no.| Answer yes or no.|][ |\n]{text}",
        "{text}\n[Are these|Are the two|Are both] [at the same time in part|partly at the same time|on at one time for a while]? [Yes or no|Answer yes or no].",
        "[Tell me|Say|Check|Find out|Please say] [if|whether] [these|the two|these two meetings|they] [overlap|clash|share any time][, yes or no|]:[ |\n]{text}",
        "[Does the one start before the other ends, and the other way round|Is any minute in both|Does one begin before the other is over, whichever comes first]? {text}\n[Yes or no|Answer yes or no].",
        "{text}\n[Does|Would] [any part|some part|a part] of one [fall in|lie in|be inside] the other? [Yes or no|Answer yes or no|Say yes or no].",
        "[See|Look at] the times. [Have they|Do they have] [any minute together|a minute in both|some time together]? [Yes or no|Answer yes or no].[ |\n]{text}",
    ),
    held=(
        "Would one person miss part of these two? {text}",
        "{text}\n[Does|Will] the one run into the other, yes or no?",
        "[See|Check] the times: is there a minute that both of these [share|have]? {text}",
        "{text}\nSomebody goes to both. [Will|Does] that clash?",
        "At any time, are both of these on? {text}",
    ),
)

DURATION = Phrasings(
    seen=(
        "{text}\n[How many minutes|How many minutes in all|What number of minutes] [is that|is this|does it last|does it take|does that make|is it]?",
        "[Length|Time|Duration|The length|How long, in minutes|Minutes][ in minutes|]:[ |\n]{text}",
        "{text}\n[Give|State|Write|Say|Tell me|Note] [the length|the duration|how long it is|how long it takes|its length] in minutes[, please|].",
        "[Give|State|Write down|Tell me|Say|Work out|Count] [how long this lasts|how long this is|the length of this|how many minutes this takes][ in minutes|, in minutes|]:[ |\n]{text}",
        "[How long is|How long does it last|How long is this|How long will it take], in minutes?[ |\n]{text}",
        "{text}\n[How long|How long is it|Length|Duration|What is the length|From start to end], in minutes?",
        "[How many minutes|What number of minutes] [does this take|does this last|is this|are there from start to end|go by from start to end]?[ |\n]{text}",
        "[Minutes from start to end|Number of minutes|Minutes between start and end|Minutes it lasts][:|?] {text}",
        "{text}\n[In minutes|As minutes], [please|how long is that|what is the length|how long does this last][?|.]",
        "A guest [comes at the start and leaves at the end|is there the whole time|stays for the whole of it]. How many minutes does the guest stay?[ |\n]{text}",
    ),
    held=(
        "{text}. State how long this lasts in minutes.",
        "[Count|Work out] the minutes that go by: {text}",
        "{text}\nThe time between start and end is how many minutes?",
        "For what number of minutes will [it|this] last? {text}",
        "{text}\nA guest stays [from start to end|for all of it]. Minutes?",
    ),
)

# ruff: noqa: E501  a way to tell a problem in one line reads better than one in two
"""How planning problems are told, and how their analysis, family, data or solution is asked for.

Knows nothing about how the problems are drawn.
"""

from knowhow_adapters.base.corpus.registry import Phrasings

PAIR_STYLES = ("{a}-{b}", "{a} and {b}", "{a}/{b}", "{a} with {b}", "{a} - {b}")
LEG_STYLES = (
    "{a}-{b} {d}",
    "{a} to {b} {d}",
    "{a}-{b}: {d}",
    "{a} to {b} {d} km",
    "{a}-{b} ({d} km)",
    "{d} from {a} to {b}",
)
SIZE_STYLES = (
    "{name} ({value} {unit})",
    "{name} {value} {unit}",
    "{name}: {value} {unit}",
    "{name} of {value} {unit}",
    "{name} weighing {value} {unit}",
)
WORTH_STYLES = (
    "{i} {w} kg worth {v}",
    "{i} ({w} kg, worth {v})",
    "{i} of {w} kg worth {v}",
    "{i} ({w} kg, value {v})",
    "{i} worth {v} at {w} kg",
    "{i} {w} kg value {v}",
)
OFF_STYLES = (
    "{name} (not {day})",
    "{name} (not on {day})",
    "{name} (off on {day})",
    "{name} (never {day})",
    "{name} but not {day}",
    "{name} except {day}",
    "{name} (away {day})",
)
STEP_STYLES = ("{m} for {t} h", "{m} {t} h", "{t} h on {m}", "{m} ({t} h)", "{t} hours at {m}")
THEN_STYLES = (" then ", ", then ", " and then ", " before ")

COLOURING = Phrasings(
    seen=(
        "[Colour|Paint|Mark] [the places |the towns |the points |]{nodes} with [only |just |]{k} colours[. Neighbours must differ|, neighbours differently|; neighbours may not look the same]: {edges}.",
        "{nodes} each [get|need|use|take] one of {k} [channels|colours|frequencies|labels|slots]; [these pairs|the pairs that] [clash|disturb each other|may not share one]: {edges}.",
        "[Give|Assign|Hand] [each of |]{nodes} one of {k} [rooms|colours|tables|labels|groups] so that no [clashing |]pair [shares|has the same|gets the same]: {edges}.",
        "[These pairs|Pairs that|The following pairs] [must differ|cannot be the same|must not match|have to be told apart]: {edges}. [Use|There are|We have] {k} [colours|labels|channels|kinds] for {nodes}.",
        "[Can|How can|Could] {nodes} be [coloured|labelled|painted|marked] with {k} [colours|labels|shades] if {edges} must [differ|not match|not be the same]?",
        "Neighbours: {edges}. [Find|Choose|Pick|Plan] [a colour|a label|a shade] [out of|from] {k} for [each of |every one of |]{nodes}[, never the same for neighbours|; neighbours differ].",
        "{k} [colours|labels|teams|channels] [are there|are left|may be used] for {nodes}. [Never give|Do not give] the same one to [both of|the two of] a pair: {edges}.",
        "[Split|Divide|Sort|Put] {nodes} into {k} [groups|teams|classes] [so that|such that] these [never|do not] [meet|come together]: {edges}.",
        "[Is it enough|Would it do] to [use|have] {k} [colours|shades|labels] when [each of |]{nodes} takes one but [these pairs|these neighbours|the following] must be told apart: {edges}?",
    ),
    held=(
        "With {k} labels for {nodes}, the pairs {edges} may not have the same.",
        "The pairs {edges} must be told apart, so [mark|label] {nodes} using {k} [colours|shades].",
        "[Of|Out of] {k} frequencies each of {nodes} takes one, but {edges} would disturb each other.",
        "Are {k} colours enough to [paint|colour] {nodes} when no neighbours match? Neighbours: {edges}.",
    ),
)

KNAPSACK = Phrasings(
    seen=(
        "A [bag|rucksack|box|basket|suitcase] [holds|takes|carries] [up to |at most |]{limit} kg. [Things|Items|To choose from]: {items}. [Take|Pack|Choose|Get] the [most|highest|greatest] value.",
        "{name} can [carry|lift|take|bear] [up to |at most |no more than |]{limit} kg and wants the [most worth|highest value|greatest worth|most value] from {items}.",
        "[Which|What] of {items} [to pack|should {name} pack|to take|would you take] for the [highest value|most worth|best total] within {limit} kg?",
        "[Choose|Pick|Select|Take] from {items}: the [weight|load] [may not be|must not go] over {limit} kg, the [value|worth] should be [high|as high as possible|the most].",
        "[There are|Here are|{name} sees|{name} owns] {items}. [Only|Not more than|At most|Up to] {limit} kg [fit in the bag|can be carried|may be taken]. [Make the value high.|Make it worth the most.|What is best to take?|Which are best?]",
        "{items}: what [is worth the most|gives the best value|makes the most valuable bag] [below|within|under] [a limit of |a load of |]{limit} kg?",
        "[Limit|Greatest weight|Room for|Load]: {limit} kg. [Goods|Things|Items]: {items}. [Goal|Aim|Wanted]: [the most value|the highest worth|the most worth].",
        "[Fill|Pack|Load] a [bag|cart|sack|rucksack] [of|for] {limit} kg with [the best of |the most valuable of |]{items}[, each at most once|].",
        "[Above|Over] {limit} kg the [cart|bag|basket] breaks. [Put in|Pick among|Choose out of] {items}[, staying below that|]: [the most value|the greatest worth] [is wanted|counts].",
    ),
    held=(
        "Not more than {limit} kg may be taken of {items}; make it worth the most.",
        "[What|Which things] should {name} [carry|put in the bag], out of {items}, to own the most value at a load of {limit} kg?",
        "The [rucksack|sack] of {name} breaks above {limit} kg, so only the best of {items} can go in.",
        "For the greatest worth, [select|choose] among {items}, staying under {limit} kg.",
    ),
)

PACKING = Phrasings(
    seen=(
        "[Pack|Put|Load|Sort] {items} into [boxes|crates|bags|bins] of {limit} kg, [as few as possible|using as few as you can|with the least number of them].",
        "How [few|many] [trucks|boxes|crates|carts|bins] of {limit} kg [take|hold|carry|are needed for] [all of |]{items}?",
        "{items} [go into|must go into|are put into] [bins|boxes|crates|bags]; a [bin|box|crate|bag] [takes|holds|can hold] [at most |up to |]{limit} kg. Use [few|as few as possible|the least number].",
        "[A box|A crate|Each truck|Every bin|One cart] [holds|takes|bears] [at most |up to |no more than |]{limit} kg. [What is the least number for|How few will do for|How many must there be for] {items}?",
        "[Use|Take|Find] [the least|the smallest|the lowest] number of {limit} kg [boxes|bags|trucks|bins] for {items}.",
        "[Spread|Divide|Share out|Split] {items} [so that|such that] no [box|truck|crate] [has|gets|holds] more than {limit} kg and [few|as few as possible] are used.",
        "[All of|The things] {items} [must be packed|have to be sent|are to be moved]. [Boxes|Trucks|Crates|Bins] [take|hold] {limit} kg [each|apiece]. [Save boxes|Use few|Take as few as possible].",
        "[To pack|To send|To store|To move]: {items}. [Room in a box|Limit of a crate|Load of a truck|One bin holds]: {limit} kg. [Fewest wanted|As few as possible|Use few].",
        "{name} [sends|moves|stores] {items} in [boxes|crates|carts] that [bear|take] {limit} kg [and should get by with few|and pays for each, so few are wanted|and wants few].",
    ),
    held=(
        "Spread {items} over the least number of {limit} kg crates.",
        "With [bags|carts] that bear {limit} kg, what is the smallest number to store {items}?",
        "No [bin|bag] may get over {limit} kg: [share out|sort] {items} and save [bins|bags].",
        "{name} [sends|moves] {items} and pays for every {limit} kg truck, so few should be used.",
    ),
)

TOUR = Phrasings(
    seen=(
        "[Visit|Go to|See|Drive to] [all of |]{stops} and [come back|return|go home], starting at {first}. [Distances|Roads|Ways]: {edges}. [Shortest tour|What is the shortest tour|Which way is shortest]?",
        "{name} [drives|walks|rides|travels|goes] from {first} to all of {stops} and [home|back|back again]: {edges}. [Find|Plan|Give|What is] the shortest [way|tour|trip|round].",
        "[Starting|Beginning|Setting out] [at|from] {first}, [in which order|in what order] should {name} [visit|see|go to] {stops} and [return|come home]? [Roads|Distances|Known]: {edges}.",
        "[Distances|Roads|The roads are|It is]: {edges}. [Find|Plan|Give|Make|Look for] the [shortest|best] [round trip|tour|loop] [from|starting in] {first} [over|through|by way of] {stops}.",
        "A [driver|bus|van|postman|nurse] [leaves|starts at|sets out from] {first}, [calls at|stops in|visits] {stops} and [ends|is back] at {first}. {edges}. [Keep the way short.|The trip should be short.|Shortest order?|Which order is best?]",
        "[What is|Tell me|Say|Name] the shortest [tour|round trip|way] [that visits|to visit|through|over] {stops} [from|starting at] {first} and back: {edges}.",
        "[Towns|Stops|Places]: {stops}. [Start|Start and end|Home]: {first}. [Distances|Roads|Lengths]: {edges}. [Shortest order|Shortest round|Best tour]?",
        "[Once each|One after the other], {stops} are to be [seen|visited], from {first} and back to it. [Known|Given|Distances]: {edges}. [Make it short.|Which order is shortest?|Find the shortest order.]",
        "How does {name} [ride|travel|drive] [when leaving|leaving] {first}, seeing {stops} and coming [home|back], [if the way should be short|with the least distance|by the shortest way]? [Roads|With roads|Known]: {edges}.",
        "Before [night|evening] {name} wants to see {stops} and be [home|back] in {first}, [where the trip starts|the start]: {edges}. [Which order is best|What is the shortest order]?",
    ),
    held=(
        "A round trip over {stops} from {first} should be short. Known: {edges}.",
        "[Given|With] the roads {edges}, how does {name} [travel|ride] least, leaving {first} and seeing {stops} before coming home?",
        "The [bus|postman] of {first} [calls at|visits] {stops} and wants a short loop. Lengths: {edges}.",
        "{edges}. In what order to see {stops} when {first} is both start and end and the way is short?",
    ),
)

QUEENS = Phrasings(
    seen=(
        "[Place|Put|Set] {n} queens on a {n} by {n} board; [none may attack another|no two may attack each other|none may hit another].[ Nothing is set yet.|]",
        "[Set|Place|Put|Stand] {n} queens [safely|in peace|out of each other's way] on a [chess |]board [of|with] {n} rows. {given}",
        "{n} queens, {n} [columns|rows|squares a side], no two in line[ or on a slant|]. {given}",
        "[Can|Could|How can|Where can] {n} queens [be placed|be put|stand|be set] on a [chess |]board of {n} by {n} so that none [attacks|hits|sees] another? {given}",
        "{given} [Fill|Complete|Finish] the {n} by {n} [board|chess board] [with|up to] {n} queens, [no two in line|none attacking another|all safe|in peace].",
        "[The board has|A board has|There are] {n} rows and {n} columns. {given} [Find|Give|Show] places for {n} queens[ that never attack each other| that are all safe|, no two in line].",
        "[On|Upon] a board [of|with] {n} squares a side, {n} queens [must not|may not|should not] [attack|hit|see] [each other|one another]. {given}",
        "[Queens problem|Chess problem|A puzzle with queens], [size|board] {n}[: no queen attacks another|: all must be safe|]. {given}",
        "[Every|Each] queen [needs|wants] a [safe |]square [where nobody attacks it|that no other queen sees|with no other in its lines]: {n} queens, [size|board] {n}. {given}",
        "{n} queens share a {n} by {n} board, [but|and] none [is attacked|is hit|may be in another's line]. Where do they [go|stand]? {given}",
    ),
    held=(
        "Can {n} queens stand on {n} squares a side in peace? {given}",
        "{given} No two queens may share a line; [set|show] all {n} on {n} rows.",
        "So that nobody is [hit|attacked], where do {n} queens go on a [chess board|board] of size {n}? {given}",
        "[Find|Give] a safe square for every one of {n} queens, {n} by {n}. {given}",
    ),
)
GIVEN = Phrasings(
    seen=(
        "One [stands|is|sits|is fixed|is already] [at|on] column {column}, row {row}.",
        "One [stands|is|sits|is fixed|is already] [at|on] row {row}, column {column}.",
        "[There is|We see|We already have] [a queen|one queen|one] [at|on|in] column {column}[, row| and row] {row}.",
        "[The first|The first queen|A first one] [stands|is|goes] in [row {row}, column {column}|column {column}, row {row}].",
        "[Given|Fixed|Set]: [one in |a queen at |]column {column}, row {row}.",
        "In column {column}[ there is|, there is] [a queen|one] [on|at|in] row {row}.",
        "[Where|There where] column {column} [crosses|meets] row {row} [stands one|a queen stands|is its first queen].",
    ),
    held=(
        "Column {column} has its queen [on|in] row {row}.",
        "Row {row} holds one, in column {column}.",
        "A queen already [stands|sits] where column {column} meets row {row}.",
    ),
)

SHIFTS = Phrasings(
    seen=(
        "Each of {days} needs {workers}. [Staff|Workers|People|Team]: {staff}. [At most|No more than|Up to] {turns} each.",
        "[Plan|Fill|Staff|Arrange] {days} with {workers} [a day|per day|each day|every day] from {staff}; [nobody|no one|none] [more than|over|works more than] {turns}.",
        "[Who|Which of them] [works when|works on which day|comes when]? [Days|Shifts|To fill]: {days}. [Each needs|Every one needs|Wanted a day:] {workers}. [Staff|People|Team]: {staff}. [Most|Limit|At most]: {turns}.",
        "[Make|Write|Draw up|Find] a [plan|work plan|rota|shift plan] for {days}: {workers} [a day|each day|on each], {turns} [at most for each|per person at most|for nobody to pass], [from|staff] {staff}.",
        "{staff} [work|share the work|share the shifts|are the team] on {days}. [Every day|Each day|A day] [needs|takes|wants] {workers}, [nobody|no one] [does|works|has] [more than|over] {turns}.",
        "[Nobody|No one] [may work|works|does] [more than|over|above] {turns}. [Plan|Fill|Share out] {days} [among|from|between] {staff}, {workers} [for each|a day|each time].",
        "[A shop|{boss}|A clinic|The kitchen] needs {workers} on [each|every one] of {days}. [To choose from|Available|Staff]: {staff}. [Each at most|Nobody over|No more than] {turns}.",
        "[How|Can you say how] should {staff} [share|split|fill] {days} if each day [needs|wants|takes] {workers} and [nobody|none] works [over|more than] {turns}?",
        "There must be {workers} [on each of|every time on|for each of] {days}. {boss} [arranges|plans] it, [taking|choosing] from {staff}; {turns} is the [limit|most] for [one person|each].",
        "{boss} wants to [give|arrange] the work of {days}. The need is {workers} a day, [the team is|there are] {staff}, [above {turns} nobody works|no one goes over {turns}].",
    ),
    held=(
        "Nobody of {staff} works over {most} days; {days} want {need} each.",
        "On {days} there must be {workers}; [choose|take] from {staff}, giving no one above {turns}.",
        "With {turns} as the limit for each of {staff}, who [comes|works] on {days}, {workers} a day?",
        "{boss} [arranges|plans] {days}. The team is {staff}; {turns} is the most a person does, {workers} the need.",
    ),
)

SUBSET = Phrasings(
    seen=(
        "[Which|Which ones|What] of {numbers} [add up to|make|sum to|give|come to] {goal}[ together| in all|]?",
        "{name} [wants|has|would like|needs] to pay [exactly |just |]{goal} with [notes|coins|cards|tickets] of {numbers}. [Which ones|Which|Which to take|Which should {name} take]?",
        "[Choose|Pick|Select|Find] [some |]among {numbers} so that [the sum is|they add up to|the total is|together they make] {goal}.",
        "[Numbers|Given|There are|Here are]: {numbers}. [Goal|Sum|Total|Wanted]: {goal}. [Which ones|Which to take|Which numbers|Which do it]?",
        "[Make|Reach|Build|Get] [exactly |a sum of |a total of |]{goal} [from|with|out of|using] [some of |]{numbers}.",
        "[The sum|The total|A total] of {goal} [is wanted|is needed|must be reached]. [Take|Choose|Pick] [the right ones|some] [of|from|out of] {numbers}.",
        "[Which|What] [numbers|ones] [do you take|must be taken|should be picked|are needed] [from|out of] {numbers} to [make|reach|get] {goal}?",
        "{goal} [is the sum of|is made of|comes from|is what you get from] some of {numbers}. [Which?|Name them.|Find them.|Which ones?]",
        "[Some|A few] of {numbers} [add up to|make|come to] {goal}[ exactly|]. [Name them.|Which?|List them.|Pick them.]",
        "[Lay down|Put down|Show] [cards|those cards|some] of {numbers} [whose sum is|that come to|whose total is] {goal}.",
        "[Having|With|Out of] {numbers}, how [can|does] {name} [get|make|add up] {goal}?",
    ),
    held=(
        "From {numbers} take some that make {goal} together.",
        "To reach {goal}, [what|which ones] does {name} add, having {numbers}?",
        "[Name|List] those of {numbers} whose [sum|total] is {goal}.",
        "{name} lays down some of the cards {numbers} and they come to {goal}. Which are they?",
    ),
)

JOBS = Phrasings(
    seen=(
        "Jobs on machines, in [this|the given|fixed] order: {jobs}. [Finish soon|End early|Be done soon|Finish as early as possible].",
        "A [workshop|factory|shop|team] has [these|the following] jobs: {jobs}. One job a machine at a time; [end early|finish soon|be done early].",
        "[Plan|Arrange|Order|Schedule] [these|the] jobs [on|for] the machines: {jobs}. [A machine takes|Each machine does|Every machine can do] one [thing |job |]at a time[; end soon|; finish early|].",
        "[When|How early|How soon] can [all jobs|these jobs|all the work|everything] be [done|ready|finished]? [Steps|Jobs|Work]: {jobs}.",
        "{jobs}. [Each machine|A machine|Every machine] [does|takes|handles] one job at a time. [How soon can it end?|When can all be ready?|Find the earliest end.|Make a short plan.]",
        "[To do|To be made|Work for today|Orders]: {jobs}. [Which job goes first on each machine|What is the fastest plan|Which plan ends first|How early can it all end]?",
        "[The steps of|In each job the steps of] a job keep their order: {jobs}. [Find|Make|Give] a [short|fast|quick] [plan|schedule] for the machines.",
        "{name} [runs|has|uses] machines that [take|do] one job at a time. [Jobs|Orders|Work to do]: {jobs}. [All should end early.|Finish soon.|What is the earliest end?]",
        "[Each|A] job goes step [by|after] step: {jobs}. No machine [handles|does|takes] two [things|jobs] at once[, and the work should end early|; the shortest time is wanted|; find a fast schedule].",
        "{name} [needs|wants] a [fast|short] [schedule|plan], [with|where] machines [handling|taking|sharing] the jobs one [by|after] one: {jobs}.",
    ),
    held=(
        "When can all be done, a machine taking one at a time: {jobs}?",
        "The factory of {name} [wants|needs] a fast schedule for {jobs}, step after step.",
        "How should machines [share|handle] the work {jobs} to be ready early?",
        "In the shortest time, [do|finish] {jobs}; no machine does two at once.",
    ),
)

PUZZLE = Phrasings(
    seen=(
        "{people} each [own|keep|have|look after] one of {animals}. {clues} [Who owns what|Who has which|Which is whose|Who keeps which animal]?",
        "Each of {people} [keeps|owns|has|feeds] [another|a different|one] animal: {animals}. {clues} [Match them|Pair them|Put them together|Say who has which].",
        "[The animals|There are] {animals} [belong to|are the animals of|live with] {people}[, one each|]. {clues} [Which is whose?|Who owns which?|Who has what?|Match them.]",
        "{clues} [The people are|People:|These people own animals:] {people}. [The animals are|Animals:|They own] {animals}. [Who has what?|Who owns which?|Match them.]",
        "[Animals|Pets]: {animals}. [Owners|People|Friends]: {people}. [Clues|Hints|Known]: {clues} [Who owns what?|Which is whose?|Pair them up.]",
        "[Find out|Tell me|Say|Work out] who of {people} [owns|has|keeps] which of {animals}. {clues}",
        "[Friends|Neighbours|People] [called|named] {people} [share|own|have] {animals}, one [each|for each]. {clues} [Whose is which|Who has which|What does each own]?",
        "[Which animal|What] [belongs to|is kept by|is owned by] [each of |]{people}? [They are|There are|The animals are] {animals}. {clues}",
        "[Next door|In one street] live {people} and their animals {animals}. {clues} [Who keeps what|What does each keep]?",
        "[Using|With|From] the clues, [pair|match] [everyone|each one] of {people} and one of {animals}: {clues}",
    ),
    held=(
        "{clues} Pair {people} with {animals}.",
        "Whose are {animals}? [Owners are|Ask] {people}. {clues}",
        "[From the|Using] hints, [match|put together] {animals} and their owners {people}: {clues}",
        "{people} live next door with {animals}. {clues} What does everyone keep?",
    ),
)
OWNS = Phrasings(
    seen=(
        "{name} [owns|has|keeps|feeds|looks after] the {animal}.",
        "The {animal} [belongs to|lives with|is owned by|is kept by] {name}.",
        "[It is|We know it is] {name} who [owns|has|keeps] the {animal}.",
        "The {animal} is {name}'s.",
        "The owner of the {animal} is {name}.",
        "{name} is the [owner|keeper] of the {animal}.",
        "{name} has the {animal} [as a pet|at home].",
    ),
    held=("{name}'s animal is the {animal}.", "The {animal} has {name} as its owner."),
)
OWNS_NOT = Phrasings(
    seen=(
        "{name} does not [own|have|keep|feed|look after] the {animal}.",
        "The {animal} [does not belong to|does not live with|is not owned by|is not kept by] {name}.",
        "[It is not|We know it is not] {name} who [owns|has|keeps] the {animal}.",
        "The {animal} is not {name}'s.",
        "The owner of the {animal} is not {name}.",
        "{name} is not the [owner|keeper] of the {animal}.",
        "{name} does not have the {animal} [as a pet|at home].",
    ),
    held=(
        "{name}'s animal is not the {animal}.",
        "The {animal} does not have {name} as its owner.",
    ),
)

FAMILY = Phrasings(
    seen=(
        "{text}\n[Which|What] [family|kind|type|sort|class] of [planning |]problem[ is this| is that| is it|]?",
        "[Name|Please name|Give|State|Tell me|Say|Write down] the [family|kind|type|sort|class][ of problem| of planning problem| of this problem|][:|. Problem:] {text}",
        "{text}\n[Name|Give|State|Tell me|Say|Write] [its|the|the problem's] [family|kind|type|class][, please|].",
        "[Which|What] [family|kind|type|sort] [does this problem belong to|is the problem below of|does it belong to]?[ |\n]{text}",
        "What [are|do you call] [problems like this one|problems of this kind|such problems|tasks like the one below]?[ |\n]{text}",
        "[Can you name|Can you say|Can you tell|Do you know] the [family|kind|type|class] of this[ planning|] problem?[ |\n]{text}",
        "[Planning problem|Problem|Text|Read this]: {text}\n[Family|Kind|Type|Its family|Its kind|Which family|Which kind]?",
        "[Family|Kind|Type|Class|Kind of problem|Family of problem][:|?| only:] {text}",
        "{text}\n[What is it called|What would you call it|What do we call it|By what name is it known]?[ One word.| Name only.|]",
    ),
    held=(
        "What is this kind of planning problem called? {text}",
        "{text}\n[Tell|Say] which family it is in.",
        "To what class of problem does this text belong? {text}",
        "By [its|which] name, what sort is it:\n{text}",
        "Read the problem and [give|write down] its family.\n{text}",
    ),
)

ATTEMPT = Phrasings(
    seen=(
        "[Solve|Please solve|Can you solve|Try to solve|Answer|Please answer][ this| this problem| the problem below| the next one|]:[ |\n]{text}",
        "{text}\n[Work it out|Solve it|Solve this|Answer it|Give the answer|Find the answer|Say the answer|Try it][, please|].",
        "[Problem|Task|Question|Planning problem]: {text}\n[Give|State|Write|Write down|Tell me|Say] the [solution|answer|result].",
        "[What is the|Give the|Please give the|Write down the|I need the|I want the|State the] [solution|answer|result][ of this| to this problem| to this|]:[ |\n]{text}",
        "{text}\n[What is the|What would be the|Now the|Your|The] [solution|answer|result]?",
        "[Here is|This is|Look at|Read] [a problem|a planning problem|a task|a puzzle]. {text}\n[Solve it|Work out the answer|What is the answer|Answer it].",
        "[Work out|Find|Think out|Find out] [what is asked|what is wanted|the answer]:[ |\n]{text}",
        "[Solution|Answer|Result] [wanted|please|needed][:|.] {text}",
        "How [is this solved|is it done|do you solve this|do we get the answer]?[ |\n]{text}",
        "{text}\n[Think and answer|Think about it, then answer|Think, and then solve it|Now solve and answer].",
    ),
    held=(
        "Find the solution. {text}",
        "{text}\nTry to find out the [result|solution].",
        "[Think about|Look at] this task and [answer|solve] it. {text}",
        "How would you [answer|solve] this? {text}",
        "{text}\nI [need|want] a solution to it.",
    ),
)

PART = Phrasings(
    seen=(
        "{text}\n[Give|State|List|Write|Write down|Copy out|Name|Note|Show] the {key} only, [as|in] JSON.",
        "[From|In|Out of] this [problem|text|task] [read|find|pick|take|copy] the {key}[, as JSON|, in JSON|]:[ |\n]{text}",
        "[Give|State|List|Write|Note|Tell me|Show me] [only |just |]the {key} [of this problem|in this text|from this task|of the problem below] as JSON:[ |\n]{text}",
        "{text}\n[Only|Just] the {key}[, please|][, as JSON|, in JSON|. JSON].",
        "[Which|What] {key} [does this problem give|does the text give|are told here|can you read here]? [JSON|In JSON|As JSON|Answer in JSON|Write JSON].[ |\n]{text}",
        "{text}\n[Which|What] {key} [does it give|does the text tell|can be read here|were given]? [JSON|In JSON|As JSON|JSON only|Answer in JSON].",
        "[JSON|As JSON|In JSON|JSON only], [please give|write|give|list|name|note] [only |]the {key}:[ |\n]{text}",
        "[The {key}|Wanted: the {key}|Needed: {key}] [as|in] JSON[, please|, nothing else|]. {text}",
        "[Problem|Task|Text]: {text}\n[{key}|The {key}|Its {key}] [as|in] JSON[:|.|?]",
        "[I need|I want|Please show] the {key} [written|put|set] in JSON[, that is all|, nothing but that|]:[ |\n]{text}",
        "[Of all that is told|Of all this text], [just|only] the {key} in JSON[, please|]:[ |\n]{text}",
    ),
    held=(
        "{text}\nWhat are the {key}? JSON, please.",
        "Read the {key} out of the [text|problem] and [show|write] them in JSON. {text}",
        "{text}\nI need nothing but the {key}, [written|put] in JSON.",
        "Of [all that is told here|this task], note the {key} as JSON.\n{text}",
    ),
)

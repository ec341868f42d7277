# ruff: noqa: E501
"""Whom and what problems are about. Knows nothing about patterns.

People of held-out items never occur in training.
"""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PEOPLE = _words(
    "Abel Abena Adele Agnes Ahmed Aida Aiko Ailsa Akira Alan Albert Aldo Alexei Alina Alma Alvin "
    "Amara Amelie Amos Anders Andre Angus Anika Anja Annika Anwar Arjun Arlo Arthur Asha Astrid "
    "Atsuko Aurora Ayesha Axel Barbara Basil Beatrix Bella Benita Berta Bettina Birgit Bjarne Boris "
    "Brenda Brigid Callum Camila Carmen Casper Cecil Celia Chandra Chidi Chloe Clara Claude Clement "
    "Conrad Cora Cyril Dagmar Dalia Damian Darius Deepa Delia Denis Desmond Devika Diego Dimitri "
    "Dominic Doris Dusan Ebba Edgar Edith Edwin Efua Eileen Elias Elif Eloise Elsa Emeka Ephraim "
    "Ernst Esme Estelle Esther Ethel Eugene Fabian Faisal Farid Fatima Fergus Fernanda Finn Flavia "
    "Flora Florian Fumiko Gabriel Gareth Gemma Gerda Gilbert Gina Giorgio Giulia Gordon Greta Guido "
    "Gunnar Gwen Habib Hakim Halima Hamid Harriet Harvey Hector Heidi Helga Henrik Hilda Hiro "
    "Horace Hussein Ibrahim Idris Ignaz Ilona Imani Imre Inga Ingrid Ioana Irene Isaac Isolde Ivana "
    "Ivo Jalal Jamila Jarek Jasmin Jelena Jens Joachim Joan Johanna Jorge Josefa Joyce Juanita Judith "
    "Julian Kamala Karin Katya Kaveh Keiko Kenji Khalid Kofi Konrad Kumar Kwame Lars Latifa Laura "
    "Leander Leila Lena Leonie Leroy Leticia Lidia Livia Lorenz Louisa Lucia Ludwig Luigi Lydia "
    "Mabel Magnus Mahmud Maren Margot Marius Marta Mateo Matilda Maurice Mehmet Melissa Mercy Mikhail "
    "Milan Milton Minh Miriam Mirko Monica Moses Mustafa Myra Nabil Nadine Naomi Natasha Neil Nelson "
    "Nikita Nils Noemi Noor Norbert Nuria Obinna Odette Olaf Oleg Oliver Ophelia Orla Oswald Paloma "
    "Pamela Parisa Pascal Patrick Paula Pedro Percy Philipp Phoebe Pierre Pilar Quentin Rafael Rahel "
    "Rajesh Ramona Raoul Rashid Rebecca Regina Reza Ricardo Robin Rodrigo Roland Rosalie Rowan Rudi "
    "Rufus Sabine Sadia Salim Samir Sandra Sanjay Saskia Sean Sergei Shirin Sigrid Silas Silvia Simone "
    "Soledad Soren Stefan Stella Sunita Suresh Svetlana Tamar Tanja Tariq Tatiana Teresa Thabo Thelma "
    "Tilda Tobias Tomoko Tristan Ulrich Ursula Valentin Vanessa Viktoria Vikram Violet Viviane Walter "
    "Wanda Wilma Winston Xenia Xavier Yasmin Yolanda Yuki Yvonne Zainab Zelda Zoltan"
)
HELD_SHARE = 6
"""One of so many is kept for examination."""
HELD_PEOPLE = PEOPLE[::HELD_SHARE]
TRAINED_PEOPLE = tuple(name for name in PEOPLE if name not in HELD_PEOPLE)
THINGS = _words(
    "acorns badges batteries bells biscuits blankets bolts brushes bulbs candies carrots chestnuts "
    "clips cones corks crystals cushions daisies darts dates discs dominoes envelopes erasers fans "
    "feathers figs files flags forks hooks jigsaws kiwis ladles lanterns leaflets limes mangoes maps "
    "masks medals melons mirrors muffs nails napkins needles notes novels onions pans peas pebbles "
    "pins pipes planks plugs pots puzzles radishes rocks ropes rulers sacks screws scrolls sketches "
    "skewers socks spools sponges springs stars straws strings tacks tapes tarts tins tokens towels "
    "trophies tubes tulips vases walnuts wheels whistles"
)
PLACES = _words(
    "arcade aquarium bazaar brewery cafe castle chapel college dairy depot forge foundry gym hostel "
    "inn kennel laundry lodge mill nursery observatory orchard pharmacy pottery quarry ranch shipyard "
    "stadium tavern vineyard warehouse zoo"
)
DAYS = _words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")

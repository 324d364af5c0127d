from itertools import chain

from pipelines.refmatte.language.data_files import read_data


def test_all_33_phrases_of_table_4_are_there():
    absolute, relative = read_data("phrases")["absolute"], read_data("phrases")["relative"]
    assert {name: len(phrases) for name, phrases in absolute.items()} == {
        "left": 4, "right": 4, "middle": 2, "top": 2, "bottom": 2, "front": 1, "behind": 3
    }  # fmt: skip
    assert {name: len(phrases) for name, phrases in relative.items()} == {
        "left": 7, "right": 7, "top": 4, "bottom": 3, "front": 1, "behind": 3
    }  # fmt: skip
    assert len(set(chain(*absolute.values(), *relative.values()))) == 33


def test_what_is_said_of_phrases_is_said_of_phrases_of_relations():
    data = read_data("phrases")
    assert {*data["adjacent"], *data["also"]} <= set(chain(*data["relative"].values()))


def test_all_synonyms_of_table_2_are_there():
    names = {name for row in read_data("people")["nouns"] for name in row["names"]}
    table = """human being, citizenry, person, individual, mankind, mortal, baby girl, little girl, girl, baby boy,
        little boy, boy, teenager, adolescent, miss, missy, young lady, young woman, woman, lady, man, old woman,
        senior citizen, pensioner, old man"""
    assert {" ".join(name.split()) for name in table.split(",")} <= names


def test_what_is_not_salient_may_be_transparent_and_need_not():
    categories = read_data("categories")
    assert set(categories["non_salient"]) - set(categories["transparent"]) == {"leaves", "leaf", "water spray"}
    assert "glass" not in categories["non_salient"]

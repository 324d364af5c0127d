from pipelines.refmatte.composition.sizes import real_size


def test_a_category_has_its_own_size_and_others_their_groups():
    assert real_size("animal", "Horse") > real_size("human", "human") > real_size("animal", "cat")
    assert real_size("animal", "unheard of") == 0.7

from kernel.errors import Invalid, RoadcastError


def test_an_error_carries_code_sentence_fix_and_fields():
    error = Invalid("budget-missing", "There is no budget.", fix="Enter one.", fields={"budget": "required"})
    assert isinstance(error, RoadcastError)
    assert str(error) == "budget-missing: There is no budget."
    assert (error.fix, error.fields) == ("Enter one.", {"budget": "required"})

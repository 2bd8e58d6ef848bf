"""
The next morning: what the broker's own records say of how everything ended.

Every trading day, so that an early assignment is seen too. Missing records conclude
nothing; a record confirms what was booked, or corrects it, and moves shares into the
campaign at the strike.
"""

"""The two providers' stand-ins over real sockets, as strict as their published contracts. No picture is drawn here."""

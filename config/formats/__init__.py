"""How days and instants are written, where Django's own way would mislead here."""

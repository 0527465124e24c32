"""The mistake a person can make with a study: a wrong folder, a damaged file, missing results."""


class StudyError(ValueError):
    """A study cannot be read or asked for this; the message is one line that says what to do."""

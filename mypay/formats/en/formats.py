"""Times are UTC, to the second, and the same for everybody."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y H:i:s"

"""The database: every SQL statement of the booth is here."""

"""Our end of the connection to Discord: what keeps it up, and what is believed of what comes over it. No command."""

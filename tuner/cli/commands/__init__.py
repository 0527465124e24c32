"""The subcommands of `tune`, one module each."""

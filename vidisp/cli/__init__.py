"""The command line: the only place for argv, print and exit codes."""

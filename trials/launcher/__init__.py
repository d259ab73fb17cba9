"""Everything between the shell and the trial: environment, data folder, PostgreSQL, Valkey and the processes of one installation.

Standard library and psycopg only; the web framework is started from here and never imported here.
"""

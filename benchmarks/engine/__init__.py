"""What the engine costs, measured from outside: the bot is a process, Discord and the provider are loopback servers.

Nothing here reads the bot's insides: it is started with variables of the environment on a data directory whose rows
were copied beforehand, and judged by its processor time, its memory, and what arrives at the two servers. The one thing
assumed of the schema is a table `jobs` with the columns `job_id`, `prompt` and `task_id`; see rows.py.
"""

IMPORTED = "imported at "
"""How a child says when its imports were over; the wall clock's seconds follow."""

"""A Discord on the loopback interface: REST and gateway, as far as an unmodified discord.py client of ours needs them.

`Wire` in `server` is what tests open; `python -m tests.wire` runs the same in a process of its own.
"""

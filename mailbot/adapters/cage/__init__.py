"""Reading mails in limited child processes: whatever a file does to its reader, the parent and the next file go on.

`parent` and `looks` are for the parent, `opening` and `child` run inside. Nothing is imported here, because every child
starts by importing this.
"""

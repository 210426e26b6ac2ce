"""`mailbot init`: questions, a mailbox tried for real, a folder of rules. `story.py` tells it from beginning to end."""

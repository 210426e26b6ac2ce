"""`mailbot demo --full`: a year and a half of a campaign, day by day, every unit with a habit (plan), its papers (wares), the office's
clerk (clerk), the servers and the worker (play), what is told and left of it (story). tests/season/ plays it too."""

"""Official notices (通知, 实施方案): what they say of who reports what by when, each item with the sentence that says so.

A Document becomes a `Notice` (pages: noise off, broken lines joined, sentences with their headings, annexes apart); rules and a small
grammar of dates make a `Draft` of it. Nothing is invented: what is not said is left out, what is unsure bears a doubt.
"""

"""What a scan shows: its pages as pictures, turned straight; seals on them; the words that stand there."""

"""The tables that go upward: ledger, merged forms, scores, evidence, the monthly brief. Each use case writes one file, whole or not at
all, and says in a line what it wrote."""

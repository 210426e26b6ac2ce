"""The child: limits itself, then answers one request after another until its input ends."""

from mailbot.adapters.cage.child import main

if __name__ == "__main__":
    main()

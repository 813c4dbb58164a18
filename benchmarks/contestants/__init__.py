"""The contestants, one file each; ``protocol.py`` says what such a file supplies and runs it in its own process."""

"""The programs that the kit is compared with, each a process of its own."""

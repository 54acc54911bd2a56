"""What people type: `kit up`, `kit drop`, `kit jobs` and the rest, on AWS or on this machine."""

"""What other tools think of the project, and what may stay as it is."""

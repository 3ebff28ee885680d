"""`housegan curate --review`: a page on which a person looks through a set and has the last word."""

"""What is owed to those whose pictures these are: their names on a page, and their pictures gone when they ask."""

"""From a page, a folder or an archive to the catalog."""

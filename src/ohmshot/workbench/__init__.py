"""The workbench: a local page on which a person draws symbols and watches a chip learn them."""

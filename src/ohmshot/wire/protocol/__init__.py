"""The command language of a chip at arm's length."""

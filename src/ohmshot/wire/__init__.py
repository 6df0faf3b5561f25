"""The chip at arm's length: one command language for a simulated chip and a real one (docs/protocol.md)."""

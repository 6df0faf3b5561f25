"""Experiments: one folder a question, with its measurement, tables, findings and figures."""

"""Which programming strategy gives the best balance of precision, retention, energy, time and wear?"""

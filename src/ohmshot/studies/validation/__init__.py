"""Where does the simulator agree with what was published, and where not?"""

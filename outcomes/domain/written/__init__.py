"""The report that writes itself: reporting checklists, each item filled from the data or the protocol, or left to its authors."""

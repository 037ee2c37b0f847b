"""Measures the package beside the least that C can do, and beside what else serves event streams."""

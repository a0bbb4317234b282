"""The version of the distribution, read by the build and by the library."""

__version__ = "0.1.0"

"""The version, readable without looking the package up."""

VERSION = "0.1.0"

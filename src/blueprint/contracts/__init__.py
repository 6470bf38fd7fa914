"""File formats as pydantic models, frames and units, identifiers, seeds and errors. Imports no other room."""

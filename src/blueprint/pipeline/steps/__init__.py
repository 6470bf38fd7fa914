"""What the stages do, a module per family; `pipeline/stages.py` says in which order and with what."""

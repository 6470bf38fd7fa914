"""What belongs in which room: furniture sets, their parts, what hangs on walls, and what stands on and in furniture."""

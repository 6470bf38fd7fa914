"""Where scenes come from: a sentence (`text`), or a scene folder that exists already (`existing`)."""

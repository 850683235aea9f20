"""Pages of what people connect: their tokens, their webhooks, and what was delivered."""

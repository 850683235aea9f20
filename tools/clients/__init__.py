"""``make clients``: clients of others are made of the OpenAPI file, checked, and call a ``make run`` that is up."""

"""Pages of accounts: the door, one's own account, single sign-on."""

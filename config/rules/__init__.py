"""The rules in the admin: each right, its proposed figures, and why it applies to somebody."""

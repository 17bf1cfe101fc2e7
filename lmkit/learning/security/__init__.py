"""Attacks on a classifier of stories, and defences that are measured against an attacker who knows them."""

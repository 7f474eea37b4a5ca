"""The rules of the house. Each is a function from a Tree to findings; RULES is their list."""

from rules import layers, quotes, sizes, syncs, tables, words

RULES = [*layers.RULES, *sizes.RULES, *words.RULES, *quotes.RULES,
         *tables.RULES, *syncs.RULES]

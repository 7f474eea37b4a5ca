"""The rules of the house. Each is a function from a Tree to findings; RULES is their list."""

from rules import layers, quotes, sizes, tables, words

RULES = [*layers.RULES, *sizes.RULES, *words.RULES, *quotes.RULES,
         *tables.RULES]

"""How everything looks: colours, sizes, words, and the small parts that panels are made of."""

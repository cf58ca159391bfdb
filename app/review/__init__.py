"""Review 质检: rubrics, answers filled in by rule, overrules, and how far reviewers agree."""

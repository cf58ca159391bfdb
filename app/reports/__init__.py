"""Daily, weekly and monthly reports, and candidates for one issue a month, from templates to edit."""

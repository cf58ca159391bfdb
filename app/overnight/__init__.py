"""The whole day, overnight: recordings heard again, screened and counted, on many processes."""

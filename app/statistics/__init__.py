"""Statistics 统计: what the calls tell, by the same queries in the seat's and the centre's database."""

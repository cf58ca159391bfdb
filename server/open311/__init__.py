"""Open311 GeoReport v2: other programs send requests, which land in the seats' queue."""

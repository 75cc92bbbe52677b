SITENAME = "Skarvik Ferries"
TIMEZONE = "Europe/Oslo"

"""Second floor: what people decide. Campaigns, their shifters and comments, the home page. Imports monitoring and portal."""

"""The shifter log: writing, reading and showing entries; what the portal writes into it by itself."""

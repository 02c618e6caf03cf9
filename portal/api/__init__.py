"""What every API view shares: who may (permissions), pages, and errors that name the field and the remedy."""

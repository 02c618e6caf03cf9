"""System checks that stop a wrong deployment with a sentence that says what to do."""

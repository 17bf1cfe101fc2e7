"""The exercises of the chapter on following instructions."""

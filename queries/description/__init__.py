"""What a generation says of itself: counted, written as VoID, dumped."""

"""From a photograph to digits: the steps of the reader, in their order."""

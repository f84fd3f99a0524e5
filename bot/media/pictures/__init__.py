"""Pictures that members send: headers judged, files pared and mended, pixels encoded anew. No clip is read here."""

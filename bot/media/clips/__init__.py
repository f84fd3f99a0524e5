"""What is done with whole clips: downloading, examining, fitting, joining, stills. container/ reads their bytes."""

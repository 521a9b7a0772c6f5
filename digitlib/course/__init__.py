"""What chapters draw and turn: figures, drawings, bands, widgets."""

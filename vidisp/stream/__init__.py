"""The engine: RAW clips to videos and back, in bounded memory. `render`, `recover` and `probe` live in modules of
their own, so that importing this package stays light."""

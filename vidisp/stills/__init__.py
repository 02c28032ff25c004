"""Stills: RAW photos to JPEG files and back, and the entry points that tell them from videos. `render`, `recover` and
`probe` live in modules of their own, so that importing this package stays light."""

"""Pictures that an invertible network weaves into the very look of a still: they outlive another JPEG coding."""

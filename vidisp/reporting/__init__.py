"""The report: one HTML page that shows what differs between two videos, or a RAW clip and its recovery."""

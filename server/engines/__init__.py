"""The engines that Roadcast starts or connects to: records, hot state, media objects."""

"""What a person sees: each module turns rows and details into lines, without reading anything itself."""

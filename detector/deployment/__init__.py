"""What a deployment's detector.toml says, checked key by key."""

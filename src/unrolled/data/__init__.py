"""Loaders of packaged or generated data; nothing here touches the network."""

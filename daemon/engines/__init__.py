"""One folder per engine; engines never import each other."""

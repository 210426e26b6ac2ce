"""What the product is delivered with: locked dependencies, their list (SBOM), and whether any is known to be unsafe. For developers;
none of it is in the wheel. See README, Dependencies."""

"""How fast each stage is, beside a reference that is measured in the same run; `make bench`."""

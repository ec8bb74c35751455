"""Networks, baselines and their training, on tensors alone: no database."""

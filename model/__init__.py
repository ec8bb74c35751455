"""RKAN, the Recurrent Knowledge Attention Network: tensors in, tensors out, no database."""

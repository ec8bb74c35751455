"""RKAN, the Recurrent Knowledge Attention Network, as in its paper."""

"""What every exercise shares: conditions and their examination, what is shown, the contract."""
